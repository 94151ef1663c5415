// How many retries one account may cause, whoever makes them: its SDK, our attempts, our fallbacks. Pure; one thread.
//
// The retry quota of the AWS SDKs (standard mode): 500 tokens; a retry takes some; a request that succeeds gives back
// what its last retry took, or 1 if it had none. While the world is well the bucket stays full; while everything fails
// it lasts for 35 retries and retrying stops. It does not refill with time: only success shows that retrying helps.
// Costs are those of the SDKs' 2026 defaults: 14 after a transient failure, 5 after throttling.
#pragma once

#include <algorithm>
#include <cstdint>

namespace signalbox::core {

enum class RetryKind : std::uint8_t {
    none,       // the first try
    transient,  // after a fault, a timeout, a broken connection
    capacity,   // after a 429 or "overloaded"
};

class RetryBudget {
  public:
    static constexpr std::int64_t capacity = 500;

    [[nodiscard]] bool may_retry(RetryKind kind) const { return left_ >= cost(kind); }
    // Takes the retry's cost; false, and nothing taken, when there is too little left.
    [[nodiscard]] bool take(RetryKind kind) {
        if (!may_retry(kind)) return false;
        left_ -= cost(kind);
        return true;
    }
    // The client itself asks again (x-stainless-retry-count of 1 or more). It is served all the same, but there is less
    // left for retries of our own.
    void client_retried(RetryKind kind = RetryKind::transient) { left_ = std::max(left_ - cost(kind), std::int64_t{0}); }
    // A request ended well; `last`: its last retry, ours or the client's.
    void succeeded(RetryKind last = RetryKind::none) {
        left_ = std::min(left_ + std::max(cost(last), std::int64_t{1}), capacity);
    }
    [[nodiscard]] std::int64_t left() const { return left_; }

    [[nodiscard]] static constexpr std::int64_t cost(RetryKind kind) {
        return kind == RetryKind::none ? 0 : kind == RetryKind::capacity ? 5 : 14;
    }

  private:
    std::int64_t left_ = capacity;
};

}  // namespace signalbox::core
