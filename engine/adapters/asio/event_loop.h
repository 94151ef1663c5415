// One loop of the real world: one thread, its clock, its alarms, its coroutines and its sockets.
#pragma once

#include <memory>

#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/spawner.h"

namespace signalbox::adapters {

// Work may be handed in before run() and from any thread (post, Alarm::ring). Destroy it after run() has returned, and
// after everything that rings its alarms; coroutines that still wait are destroyed with it.
class EventLoop final : public ports::Clock, public ports::Spawner {
  public:
    EventLoop();
    ~EventLoop() override;

    // Serves until stop(); may be called again after. The calling thread is the loop's thread.
    void run();
    // Any thread. run() returns soon; nothing is awaited.
    void stop();
    [[nodiscard]] ports::Network& network();

    [[nodiscard]] Instant now() const override;
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] std::shared_ptr<ports::Alarm> make_alarm() override;

    void spawn(std::string_view name, ports::Task<void> task) override;
    void post(std::function<void()> work) override;
    [[nodiscard]] std::size_t running() const override;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace signalbox::adapters
