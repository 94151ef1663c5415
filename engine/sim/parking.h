// The place where one coroutine sleeps on a SimLoop.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <boost/intrusive/list_hook.hpp>

#include "engine/base/time.h"
#include "engine/ports/task.h"

namespace signalbox::sim {

class SimLoop;
using TimerId = std::pair<Instant, std::uint64_t>;

// One sleeper at a time; must not be destroyed while somebody sleeps, except by the loop's own end.
class Parking : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    explicit Parking(SimLoop& loop) : loop_(loop) {}
    ~Parking();
    Parking(const Parking&) = delete;
    Parking& operator=(const Parking&) = delete;

    // Until wake() or until `when` has come, whichever is first; the sleeper looks for itself what happened.
    ports::Task<void> sleep_until(Instant when);
    void wake();                     // no-op when nobody sleeps
    void change_time(Instant when);  // of the present sleeper, if any

  private:
    friend class SimLoop;
    using Sleeper = std::move_only_function<void()>;

    void set_timer(Instant when);

    SimLoop& loop_;
    Sleeper sleeper_;
    TimerId timer_{never, 0};
};

}  // namespace signalbox::sim
