// How many deployments of one model should be in memory, and which to load or let go: grows before the first request
// has to wait, shrinks when it has been too large for a while.
//
// Only deployments whose provider can be asked to load; the others are always warm and none of its business. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/routing/slots.h"

namespace signalbox::core {

struct WarmCandidate {
    int id = 0;                            // the caller's
    SlotPhase phase = SlotPhase::unknown;  // warming also when a load was asked for and is not seen yet
    std::int64_t places = 1;               // requests at a time, once warm
    std::int64_t running = 0;
    Nanos load_time{};
    bool may_load = true;      // its load gate passes
    bool may_release = false;  // it was us who loaded it
};

struct WarmPlan {
    int target = 0;         // deployments that should be warm
    std::vector<int> load;  // ids, in order of preference
    std::vector<int> release;
};

class WarmSet {
  public:
    // Call it at a steady pace. `waiting`: requests without a place; `candidates` in order of preference.
    [[nodiscard]] WarmPlan plan(std::int64_t waiting, std::span<const WarmCandidate> candidates, Instant now);

    static constexpr Nanos dwell = 5min;       // too large for so long before anything is let go
    static constexpr int loads_max = 16;       // begun by one plan()
    static constexpr double saturation = 0.8;  // of the places, in use

  private:
    void follow(double need, Instant now);
    // The highest target of the last `dwell`; nothing is too large before so long has been seen.
    [[nodiscard]] int highest(int target, Instant now);

    double need_ = 0;           // places, at the last plan
    double growth_ = 0;         // places per second, moving average
    Instant first_{}, last_{};  // plans; Instant{}: none yet
    struct Past {
        Instant at;
        int target;
    };
    std::deque<Past> past_;  // of the last dwell, falling: what a later one exceeds is forgotten
};

}  // namespace signalbox::core
