#include "engine/core/routing/warm_set.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace signalbox::core {
namespace {

// A fleet that does as it is told: what is loaded becomes warm after its load time, work is spread over what is warm.
class WarmFleet {
  public:
    WarmFleet(int warm, int cold, std::int64_t places = 4, Nanos load_time = 8s) {
        for (int i = 0; i < warm + cold; ++i) {
            WarmCandidate one;
            one.id = i;
            one.phase = i < warm ? SlotPhase::warm_idle : SlotPhase::cold;
            one.places = places;
            one.load_time = load_time;
            one.may_release = i >= warm;
            candidates.push_back(one);
            ready.push_back(never);
        }
    }

    // One second with `need` requests; returns how many found no place.
    std::int64_t second(std::int64_t need) {
        now += 1s;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            if (candidates[i].phase == SlotPhase::warming && now >= ready[i])
                candidates[i].phase = SlotPhase::warm_idle;
        }
        for (WarmCandidate& one : candidates) {
            one.running = 0;
            if (one.phase != SlotPhase::warm_idle && one.phase != SlotPhase::warm_busy) continue;
            one.running = std::min(need, one.places);
            one.phase = one.running > 0 ? SlotPhase::warm_busy : SlotPhase::warm_idle;
            need -= one.running;
        }
        plan = set.plan(need, candidates, now);
        for (const int id : plan.load) {
            candidates[static_cast<std::size_t>(id)].phase = SlotPhase::warming;
            ready[static_cast<std::size_t>(id)] = now + candidates[static_cast<std::size_t>(id)].load_time;
        }
        for (const int id : plan.release) candidates[static_cast<std::size_t>(id)].phase = SlotPhase::cold;
        return need;
    }
    [[nodiscard]] int warm() const {
        return static_cast<int>(std::ranges::count_if(candidates, [](const WarmCandidate& one) {
            return one.phase == SlotPhase::warm_idle || one.phase == SlotPhase::warm_busy;
        }));
    }

    std::vector<WarmCandidate> candidates;
    std::vector<Instant> ready;
    WarmSet set;
    WarmPlan plan;
    Instant now{100s};
};

TEST(WarmSet, WhateverAProviderSaysThereAreNoMoreThanAll) {
    WarmFleet fleet(1, 3);
    fleet.candidates[0].running = 1'000'000'000'000'000;
    WarmSet set;
    EXPECT_EQ(set.plan(1, fleet.candidates, fleet.now).target, 4);
}

TEST(WarmSet, NothingIsLoadedWithoutDemand) {
    WarmFleet fleet(0, 8);
    for (int i = 0; i < 1000; ++i) fleet.second(0);
    EXPECT_EQ(fleet.warm(), 0);
    EXPECT_EQ(fleet.plan.target, 0);
}

TEST(WarmSet, GrowsBeforeAnybodyHasToWait) {
    WarmFleet fleet(1, 15);
    std::int64_t waited = 0;
    for (int second = 0; second < 240; ++second) waited += fleet.second(second / 5);  // 0.2 more every second
    EXPECT_EQ(waited, 0);
    EXPECT_GE(fleet.warm(), 12);
}

TEST(WarmSet, LoadsForAJumpAndNoMoreThanItCanUse) {
    WarmFleet fleet(3, 57);
    for (int second = 0; second < 60; ++second) fleet.second(64);
    EXPECT_EQ(fleet.second(64), 0);
    EXPECT_GE(fleet.warm(), 20);
    EXPECT_LE(fleet.warm(), 40);
}

TEST(WarmSet, BeginsAtMostHalfOfWhatIsMissingAndSixteen) {
    WarmFleet fleet(1, 99, 1);
    fleet.second(10);
    EXPECT_EQ(fleet.plan.target, 14);  // 10 / 0.8, and one for a burst
    EXPECT_EQ(fleet.plan.load.size(), 7U);
    WarmFleet large(1, 99, 1);
    large.second(90);
    EXPECT_EQ(large.plan.load.size(), static_cast<std::size_t>(WarmSet::loads_max));
}

TEST(WarmSet, WaitingRequestsAskForOneMoreWhateverTheArithmetic) {
    WarmSet set;
    WarmCandidate busy{.id = 0, .phase = SlotPhase::warm_busy, .places = 100, .running = 2};
    WarmCandidate cold{.id = 1, .phase = SlotPhase::cold, .places = 100};
    const std::vector<WarmCandidate> both = {busy, cold};
    EXPECT_EQ(set.plan(1, both, Instant(1s)).load, std::vector{1});
}

TEST(WarmSet, LoadsTheQuickestThatHaveRoom) {
    WarmSet set;
    const std::vector<WarmCandidate> fleet = {
        {.id = 0, .phase = SlotPhase::cold, .load_time = 1s, .may_load = false},
        {.id = 1, .phase = SlotPhase::cold, .load_time = 20s},
        {.id = 2, .phase = SlotPhase::cold, .load_time = 5s},
        {.id = 3, .phase = SlotPhase::failed, .load_time = 1s},
        {.id = 4, .phase = SlotPhase::unknown, .load_time = 1s},
    };
    const WarmPlan plan = set.plan(1, fleet, Instant(1s));
    EXPECT_EQ(plan.target, 2);
    EXPECT_EQ(plan.load, std::vector{2});
}

TEST(WarmSet, WhatIsLoadingIsNotAskedForAgain) {
    WarmFleet fleet(0, 4, 4, 60s);
    fleet.second(1);
    EXPECT_EQ(fleet.plan.load.size(), 1U);
    std::size_t more = 0;
    for (int i = 0; i < 30; ++i) {
        fleet.second(1);
        more += fleet.plan.load.size();
    }
    EXPECT_EQ(more, 1U);  // the one for a burst
}

TEST(WarmSet, ShrinksOnlyAfterTheDwellAndKeepsTheLast) {
    WarmFleet fleet(1, 15);
    for (int i = 0; i < 120; ++i) fleet.second(40);
    const int high = fleet.warm();
    EXPECT_GE(high, 10);
    const Instant quiet = fleet.now;
    while (fleet.now - quiet < WarmSet::dwell - 1s) fleet.second(0);
    EXPECT_EQ(fleet.warm(), high);
    for (int i = 0; i < 60; ++i) fleet.second(0);
    EXPECT_EQ(fleet.warm(), 1);
    for (int i = 0; i < 600; ++i) fleet.second(0);
    EXPECT_EQ(fleet.warm(), 1);
}

TEST(WarmSet, DemandThatReturnsWithinTheDwellFindsEverythingWarm) {
    WarmFleet fleet(1, 15);
    for (int i = 0; i < 120; ++i) fleet.second(40);
    const int high = fleet.warm();
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 240; ++i) fleet.second(0);
        EXPECT_EQ(fleet.second(40), 0);
    }
    EXPECT_GE(fleet.warm(), high);
}

TEST(WarmSet, LetsGoOnlyOfTheIdleThatItMayRelease) {
    WarmSet set;
    std::vector<WarmCandidate> fleet = {
        {.id = 0, .phase = SlotPhase::warm_busy, .places = 8, .running = 1, .may_release = true},
        {.id = 1, .phase = SlotPhase::warm_idle, .places = 8, .may_release = false},
        {.id = 2, .phase = SlotPhase::warm_idle, .places = 8, .may_release = true},
        {.id = 3, .phase = SlotPhase::warm_idle, .places = 8, .may_release = true},
        {.id = 4, .phase = SlotPhase::warm_idle, .places = 8, .may_release = true},
    };
    EXPECT_TRUE(set.plan(0, fleet, Instant(1s)).release.empty());
    const WarmPlan plan = set.plan(0, fleet, Instant(1s) + WarmSet::dwell);
    EXPECT_EQ(plan.target, 2);  // one for the one request, and one for a burst
    EXPECT_EQ(plan.release, (std::vector{2, 3, 4}));
}

TEST(WarmSet, NoCandidatesNoPlan) {
    WarmSet set;
    const WarmPlan plan = set.plan(5, {}, Instant(1s));
    EXPECT_EQ(plan.target, 0);
    EXPECT_TRUE(plan.load.empty() && plan.release.empty());
}

}  // namespace
}  // namespace signalbox::core
