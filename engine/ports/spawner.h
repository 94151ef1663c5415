// Starting work on a loop. Every coroutine is named and counted.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "engine/ports/task.h"

namespace signalbox::ports {

class Spawner {
  public:
    virtual ~Spawner() = default;
    // Loop thread only. An exception that escapes `task` is a broken invariant and ends the process.
    virtual void spawn(std::string_view name, Task<void> task) = 0;
    // Any thread: runs `work` on the loop, in order.
    virtual void post(std::function<void()> work) = 0;
    [[nodiscard]] virtual std::size_t running() const = 0;  // live coroutines; loop thread only
};

}  // namespace signalbox::ports
