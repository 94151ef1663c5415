#include "engine/core/admission/token_bucket.h"

namespace signalbox::core {

std::int64_t TokenBucket::take(std::int64_t n, Instant now) {
    if (!limited()) return std::max<std::int64_t>(n, 0);
    level_ = level(now);
    at_ = std::max(at_, now);
    const auto to_floor = static_cast<std::int64_t>(std::floor(level_ + tolerance)) + limit_.burst;
    const std::int64_t taken = std::min(clamped(n), std::max<std::int64_t>(to_floor, 0));
    level_ -= static_cast<double>(taken);
    return taken;
}

std::int64_t TokenBucket::charge(std::int64_t n, Instant now) {
    if (!limited()) return 0;
    level_ = level(now);
    at_ = std::max(at_, now);
    const auto lowest = static_cast<double>(std::max(limit_.per_minute, limit_.burst));
    const auto to_floor = static_cast<std::int64_t>(std::max(std::floor(level_ + tolerance + lowest), 0.0));
    const std::int64_t charged = std::clamp<std::int64_t>(n, 0, to_floor);
    level_ -= static_cast<double>(charged);
    return charged;
}

Instant TokenBucket::ready_at(std::int64_t n, Instant now) const {
    if (fits(n, now)) return now;
    const double missing = static_cast<double>(clamped(n)) - level(now);
    const double nanos = std::ceil(missing * nanos_per_minute / static_cast<double>(limit_.per_minute));
    // `at_` may be ahead of a `now` read before it.
    return after(std::max(now, at_), Nanos(static_cast<Nanos::rep>(nanos)));
}

void TokenBucket::set_limit(RateLimit limit, Instant now) {
    if (limit == limit_) return;
    const bool was_limited = limited();
    const double spent = was_limited ? static_cast<double>(limit_.burst) - level(now) : 0;
    *this = TokenBucket(limit);
    level_ = std::max(level_ - spent, -static_cast<double>(limit_.burst));
    at_ = now;
}

}  // namespace signalbox::core
