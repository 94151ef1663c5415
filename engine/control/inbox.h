// The way into the control loop from other threads, which outlives the loop: once closed it takes nothing and touches
// nothing.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/ports/spawner.h"

namespace signalbox::control {

class Inbox : public std::enable_shared_from_this<Inbox> {
  public:
    explicit Inbox(ports::Spawner& loop) : loop_(loop) {}

    // Any thread: runs `work` on the loop, in order. False: closed, and `work` will not run.
    [[nodiscard]] bool post(std::function<void()> work);
    // Control loop, before it goes away: runs what still waits.
    void close();

  private:
    [[nodiscard]] std::vector<std::function<void()>> take();

    ports::Spawner& loop_;
    std::mutex mutex_;
    std::vector<std::function<void()>> waiting_;  // guarded by mutex_, as is closed_
    bool closed_ = false;
};

}  // namespace signalbox::control
