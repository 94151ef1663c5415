#include "engine/adapters/asio/pulse.h"

namespace signalbox::adapters {

namespace {
constexpr Nanos grain = 10ms;

// Rounding up to a grid lets neighbouring deadlines share one arming.
Instant round_up(Instant when) {
    const auto over = when.time_since_epoch() % grain;
    return over == 0ns ? when : after(when, grain - over);
}
}  // namespace

Instant steady_now() {
    return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

void Pulse::wake_by(Instant when) {
    if (when >= armed_) return;
    when = round_up(when);
    if (when >= armed_) return;
    armed_ = when;
    timer_.expires_at(std::chrono::steady_clock::time_point(when.time_since_epoch()));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;  // re-armed for something earlier, or the loop is going away
        armed_ = never;
        wake_by(beat_(steady_now()));
    });
}

}  // namespace signalbox::adapters
