// The last outcomes of one target: how many there are, and how many of them failed.
//
// A window of outcomes and not of time, so that it means the same at one request an hour and at five a second; what is
// older than half an hour makes room, but only for newer outcomes. Pure, trivially copyable.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "engine/base/time.h"

namespace signalbox::core {

class OutcomeWindow {
  public:
    static constexpr int length_max = 64;
    static constexpr Nanos stale_after = 30min;
    static constexpr int kept_when_stale = 10;  // outcomes

    // Keeps the last `length` outcomes, 1 … length_max.
    void push(bool failed, Instant now, int length);
    void clear() { size_ = 0; }

    [[nodiscard]] int size() const { return size_; }
    [[nodiscard]] int failures() const { return failures_of_last(size_); }
    // Of the last `n`, or of all if there are fewer.
    [[nodiscard]] int failures_of_last(int n) const {
        if (n > size_) n = size_;
        return n == 0 ? 0 : std::popcount(failed_ << (length_max - n));
    }

  private:
    [[nodiscard]] std::uint32_t& pushed_at(int outcomes_ago);

    std::uint64_t failed_ = 0;  // bit 0 is the newest
    int size_ = 0;
    std::uint32_t pushed_ = 0;                      // outcomes ever
    std::array<std::uint32_t, length_max> at_s_{};  // ring of their times, whole seconds: half an hour needs no more
};

// Lower end of the Wilson score interval (99 %) of `failures` out of `n`: what the failure rate is at least.
[[nodiscard]] double wilson_lower_bound(int failures, int n);

}  // namespace signalbox::core
