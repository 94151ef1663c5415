// Time, handed in. One Clock per loop.
#pragma once

#include <memory>

#include "engine/base/time.h"
#include "engine/ports/task.h"

namespace signalbox::ports {

// A sleep that somebody else may end. One waiter at a time.
class Alarm {
  public:
    virtual ~Alarm() = default;
    // Returns true when ring() came first (also when it came before the wait), false when `when` passed.
    // Resets the bell. Loop thread only.
    virtual Task<bool> wait_until(Instant when) = 0;
    // Any thread. Ringing twice counts once. Ringing after the Alarm's owner let go of it is safe only through the
    // shared_ptr.
    virtual void ring() = 0;
};

class Clock {
  public:
    virtual ~Clock() = default;
    // Any thread.
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual WallTime wall() const = 0;
    // Alarm of this loop; real adapters keep a coarseness of at most 20 ms.
    [[nodiscard]] virtual std::shared_ptr<Alarm> make_alarm() = 0;
};

}  // namespace signalbox::ports
