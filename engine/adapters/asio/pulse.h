// The one coarse timer of a loop. A timer armed per operation would be the largest single cost of a request; here
// everything that waits keeps its own list and asks only to be looked at again in time.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "engine/base/time.h"

namespace signalbox::adapters {

[[nodiscard]] Instant steady_now();

// Loop thread only.
class Pulse {
  public:
    // `beat` does what is due and returns when it wants to be called next at the latest.
    using Beat = std::function<Instant(Instant now)>;

    Pulse(boost::asio::io_context& io, Beat beat) : timer_(io), beat_(std::move(beat)) {}

    // Calls `beat` no earlier than `when` and at most 10 ms after it.
    void wake_by(Instant when);

  private:
    boost::asio::steady_timer timer_;
    Beat beat_;
    Instant armed_ = never;
};

}  // namespace signalbox::adapters
