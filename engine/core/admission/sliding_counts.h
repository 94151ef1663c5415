// Counts of the last 15 minutes, to the minute. Pure; one thread; no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace signalbox::core {

// Covers between 15 and 16 minutes: what has happened within 15 minutes is always in it.
template <std::size_t Kinds>
class SlidingCounts {
  public:
    using Sums = std::array<std::int64_t, Kinds>;

    void add(std::size_t kind, Instant now, std::int64_t n = 1) {
        advance(minute_of(now));
        slot(newest_)[kind] += n;
    }
    [[nodiscard]] Sums sums(Instant now) const {
        Sums out{};
        const std::int64_t oldest = minute_of(now) - slots + 1;
        for (std::int64_t minute = std::max(oldest, newest_ - slots + 1); minute <= newest_; ++minute) {
            const Sums& counts = slots_[index(minute)];
            for (std::size_t kind = 0; kind < Kinds; ++kind) out[kind] += counts[kind];
        }
        return out;
    }

  private:
    static constexpr std::int64_t slots = 16;

    static std::int64_t minute_of(Instant at) { return at.time_since_epoch() / Nanos(60s); }
    static std::size_t index(std::int64_t minute) {
        return static_cast<std::size_t>(((minute % slots) + slots) % slots);
    }
    Sums& slot(std::int64_t minute) { return slots_[index(minute)]; }
    void advance(std::int64_t minute) {
        if (minute - newest_ > slots) newest_ = minute - slots;
        while (newest_ < minute) slot(++newest_) = {};
    }

    std::array<Sums, static_cast<std::size_t>(slots)> slots_{};
    std::int64_t newest_ = 0;  // minute; counts of an earlier one go to it
};

}  // namespace signalbox::core
