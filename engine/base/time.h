// Two clocks that do not convert into each other: monotonic for intervals, wall for people.
// There is no now() here; time is handed in (ports/clock.h).
#pragma once

#include <chrono>
#include <cstdint>

namespace signalbox {

using Nanos = std::chrono::nanoseconds;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 250ms reads better than any helper

struct MonotonicTag {
    using rep = Nanos::rep;
    using period = Nanos::period;
    using duration = Nanos;
    using time_point = std::chrono::time_point<MonotonicTag, Nanos>;
    static constexpr bool is_steady = true;
};

// Nanoseconds since an arbitrary start; never goes back.
using Instant = std::chrono::time_point<MonotonicTag, Nanos>;
inline constexpr Instant never = Instant::max();

// Microseconds since 1970-01-01 UTC; may jump.
struct WallTime {
    std::int64_t unix_us = 0;
    friend auto operator<=>(WallTime, WallTime) = default;
};

[[nodiscard]] constexpr WallTime operator+(WallTime t, Nanos d) {
    return {t.unix_us + std::chrono::duration_cast<std::chrono::microseconds>(d).count()};
}
[[nodiscard]] constexpr std::int64_t to_us(Nanos d) {
    return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}
[[nodiscard]] constexpr std::int64_t to_ms(Nanos d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}
// Adding to `never` stays `never` instead of overflowing.
[[nodiscard]] constexpr Instant after(Instant start, Nanos d) {
    return d > never - start ? never : start + d;
}

}  // namespace signalbox
