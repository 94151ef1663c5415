// A token bucket: `burst` tokens at most, refilled at `per_minute`. Pure; one thread; time is handed in.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "engine/base/time.h"

namespace signalbox::core {

// per_minute 0: no limit.
struct RateLimit {
    std::int64_t per_minute = 0, burst = 0;
    friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// Starts full. take() leaves a debt of -burst at most, never holds more than the burst. A charge larger than the burst
// counts as the burst: such a request waits for a full bucket instead of forever.
class TokenBucket {
  public:
    TokenBucket() = default;  // without limit
    explicit TokenBucket(RateLimit limit)
        : limit_{limit.per_minute, std::max<std::int64_t>(limit.burst, 1)}, level_(static_cast<double>(limit_.burst)) {}

    [[nodiscard]] bool limited() const { return limit_.per_minute > 0; }
    [[nodiscard]] RateLimit limit() const { return limit_; }

    // Whole tokens; negative in debt. Meaningless without a limit.
    [[nodiscard]] std::int64_t available(Instant now) const {
        return static_cast<std::int64_t>(std::floor(level(now) + tolerance));
    }
    // What is free of the burst, 0 to 1; 1 without a limit.
    [[nodiscard]] double share_left(Instant now) const {
        return limited() ? std::max(level(now), 0.0) / static_cast<double>(limit_.burst) : 1;
    }
    [[nodiscard]] bool fits(std::int64_t n, Instant now) const {
        return !limited() || static_cast<double>(clamped(n)) <= level(now) + tolerance;
    }
    // Takes n, whether it fits or not. Returns what was charged: less than n beyond the burst or at the end of the
    // debt.
    std::int64_t take(std::int64_t n, Instant now);
    // The same for what is known only afterwards, or is larger than the burst: into debt, down to a minute's worth.
    // Returns what was charged; nothing without a limit.
    std::int64_t charge(std::int64_t n, Instant now);
    // Gives back what was taken.
    void give(std::int64_t n) { level_ = std::min(level_ + static_cast<double>(n), static_cast<double>(limit_.burst)); }
    // The first instant, not before `now`, at which n fits if nobody takes anything in between.
    [[nodiscard]] Instant ready_at(std::int64_t n, Instant now) const;
    // Changes the limit; what was spent stays spent.
    void set_limit(RateLimit limit, Instant now);

  private:
    static constexpr double tolerance = 1e-6;  // tokens; hides the rounding of the refill
    static constexpr double nanos_per_minute = 60e9;

    [[nodiscard]] std::int64_t clamped(std::int64_t n) const { return std::clamp<std::int64_t>(n, 0, limit_.burst); }
    [[nodiscard]] double level(Instant now) const {
        const double elapsed = static_cast<double>(std::max(now - at_, Nanos(0)).count());
        const double refilled = level_ + elapsed * (static_cast<double>(limit_.per_minute) / nanos_per_minute);
        return std::min(refilled, static_cast<double>(limit_.burst));
    }

    RateLimit limit_{0, 1};
    double level_ = 0;  // tokens at `at_`
    Instant at_{};
};

}  // namespace signalbox::core
