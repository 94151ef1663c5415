// "Is this attempt late, and may a second one start beside it?" For one model entry: what its attempts usually take to
// their first content, and how many hedges its budget still allows.
//
// The budget is a share of the attempts of the last 15 minutes that were no hedges themselves, so at 5 % the first
// hedge comes after the twentieth of them. Pure; one thread; time is handed in; no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/base/time.h"
#include "engine/core/admission/sliding_counts.h"
#include "engine/core/config/config.h"
#include "engine/core/routing/running_quantile.h"

namespace signalbox::core {

class Hedging {
  public:
    // A percentile is not trusted before so many attempts have been seen.
    static constexpr int enough_samples = 30;
    static constexpr Nanos for_ever = Nanos::max();

    // Precondition: `config` has passed validate(). What was learned stays.
    void adopt(const HedgeConfig& config);
    [[nodiscard]] bool enabled() const { return enabled_; }

    // An attempt that is no hedge begins. Returns how long it may stay without content before a second one is worth
    // while; for_ever: none is.
    [[nodiscard]] Nanos attempt_begins(bool streamed, Instant now);
    [[nodiscard]] bool has_budget(Instant now) const;
    void hedge_begins(Instant now) { counts_.add(hedges, now); }

    // An attempt was `silent` for so long: then its first content came (of a whole answer: all of it), or it ended
    // without any.
    void attempt_ended(bool streamed, Nanos silent, bool content);

  private:
    enum Count : std::uint8_t { attempts, hedges, kinds };
    struct Usual {
        RunningQuantile silence{0.95};  // nanoseconds
        int samples = 0;  // the first ones are kept: small steps alone would get over a wrong start slowly
        std::array<double, enough_samples> first{};
    };

    bool enabled_ = false;
    Nanos fixed_{};  // zero: by the usual silence
    double quantile_ = 0.95;
    double budget_ = 0;
    std::array<Usual, 2> usual_{};  // of whole answers, of streams
    SlidingCounts<kinds> counts_;
};

}  // namespace signalbox::core
