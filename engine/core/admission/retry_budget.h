// How many retries one account may cause, whoever makes them: its SDK, our attempts, our fallbacks. Pure; one thread.
//
// After the retry quota of the AWS SDKs (standard mode): a retry takes some tokens; a request that succeeds gives back
// what its last retry took, or 1 if it had none. While the world is well the bucket stays full; while everything fails
// it is soon empty and retrying stops. It does not refill with time: only success shows that retrying helps. Costs are
// those of the SDKs' 2026 defaults: 14 after a transient failure, 5 after throttling.
//
// An SDK's 500 tokens are for one process. A gateway carries many callers, all of whose requests hang at once when a
// zone dies: its capacity is 256 retries, and with more traffic half as many retries as the last minute had successes.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "engine/base/time.h"

namespace signalbox::core {

enum class RetryKind : std::uint8_t {
    none,       // the first try
    transient,  // after a fault, a timeout, a broken connection
    capacity,   // after a 429 or "overloaded"
};

class RetryBudget {
  public:
    static constexpr std::int64_t capacity_min = 256 * 14;

    [[nodiscard]] bool may_retry(RetryKind kind) const { return left_ >= cost(kind); }
    // Takes the retry's cost; false, and nothing taken, when there is too little left.
    [[nodiscard]] bool take(RetryKind kind) {
        if (!may_retry(kind)) return false;
        left_ -= cost(kind);
        return true;
    }
    // The retry it was taken for did not come about.
    void give_back(RetryKind kind) { left_ = std::min(left_ + cost(kind), capacity()); }
    // The client itself asks again (x-stainless-retry-count of 1 or more). It is served all the same, but there is less
    // left for retries of our own.
    void client_retried(RetryKind kind = RetryKind::transient) {
        left_ = std::max(left_ - cost(kind), std::int64_t{0});
    }
    // A request ended well; `last`: its last retry, ours or the client's.
    void succeeded(RetryKind last, Instant now) {
        const std::chrono::duration<double> idle = now - traffic_at_;
        traffic_ = traffic_ * std::exp2(-idle / half_life) + 1;
        traffic_at_ = now;
        left_ = std::min(left_ + std::max(cost(last), std::int64_t{1}), capacity());
    }
    [[nodiscard]] std::int64_t left() const { return left_; }
    [[nodiscard]] std::int64_t capacity() const {
        const double in_the_last_minute = traffic_ * std::numbers::ln2;
        return std::max(capacity_min, static_cast<std::int64_t>(share * 14 * in_the_last_minute));
    }

    [[nodiscard]] static constexpr std::int64_t cost(RetryKind kind) {
        return kind == RetryKind::none ? 0 : kind == RetryKind::capacity ? 5 : 14;
    }

  private:
    static constexpr std::chrono::duration<double> half_life{60};
    static constexpr double share = 0.5;  // of the last minute's successes

    std::int64_t left_ = capacity_min;
    double traffic_ = 0;  // successes, decayed
    Instant traffic_at_{};
};

}  // namespace signalbox::core
