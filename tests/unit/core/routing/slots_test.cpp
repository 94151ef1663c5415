#include "engine/core/routing/slots.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/prng.h"

namespace signalbox::core {
namespace {

constexpr KvNeed request{1000, 500, 4000, 250'000};

KvLoad load_of(int requests, const KvNeed& each = request) {
    KvLoad load;
    for (int i = 0; i < requests; ++i) load.add(each);
    return load;
}

// How many of them fit, one after the other.
int admitted(const KvBudget& budget, const KvNeed& each) {
    KvLoad load;
    int count = 0;
    while (count < 10'000 && kv_admits(load, each, budget)) {
        load.add(each);
        ++count;
    }
    return count;
}

TEST(KvLoad, AddingAndRemovingLeavesNothing) {
    KvLoad load;
    for (const double variance : {0.1, 1e7, 3.7}) load.add({10, 20, 30, variance});
    for (const double variance : {3.7, 0.1, 1e7}) load.remove({10, 20, 30, variance});
    EXPECT_TRUE(load.empty());
    EXPECT_EQ(load.expected, 0);
    EXPECT_EQ(load.variance, 0);
}

TEST(KvLoad, NeverGoesNegativeAndTakesNoNonsense) {
    KvLoad load;
    load.remove(request);
    EXPECT_TRUE(load.empty());
    load.add({1, 1, 1, std::numeric_limits<double>::quiet_NaN()});
    load.add({1, 1, 1, -5});
    EXPECT_EQ(load.variance, 0);
}

TEST(KvAdmits, FirstRequestOfAnIdleServerAlwaysPasses) {
    EXPECT_TRUE(kv_admits({}, {1'000'000, 1'000'000, 1'000'000, 0}, {1, 1, false}));
    EXPECT_FALSE(kv_admits(load_of(1), request, {1, 1, false}));
}

TEST(KvAdmits, WithoutABudgetOnlyThePlacesBound) {
    EXPECT_TRUE(kv_admits(load_of(1000), request, {0, 49152, false}));
    EXPECT_TRUE(kv_admits(load_of(1000), request, {1 << 20, 0, false}));
}

TEST(KvAdmits, SoftLimitHoldsRoomForTheSpread) {
    // Ten of 1500 expected tokens each: 15,000 and 1.64·√(10·250,000) = 2,593 of spread, within 0.9 of the budget.
    const auto budget = [](double tokens) { return KvBudget{static_cast<std::int64_t>(tokens), 1, true}; };
    const double needed = (15'000 + 1.64 * std::sqrt(2'500'000.0)) / 0.90;
    const KvNeed each{1000, 500, 500, 250'000};
    EXPECT_TRUE(kv_admits(load_of(9, each), each, budget(needed + 2)));
    EXPECT_FALSE(kv_admits(load_of(9, each), each, budget(needed - 2)));
}

TEST(KvAdmits, HardLimitIsTwiceTheBudgetWhereTheServerPreempts) {
    const KvNeed each{1000, 0, 4000, 0};  // worst 5000
    EXPECT_EQ(admitted({50'000, 1, false}, each), 10);
    EXPECT_EQ(admitted({50'000, 1, true}, each), 20);
}

TEST(KvAdmits, RealBytesPerTokenDecideHowManyFit) {
    const KvNeed each{1000, 600, 600, 0};
    const int small = admitted({16LL << 30, 49'152, false}, each);
    const int large = admitted({16LL << 30, 327'680, false}, each);
    EXPECT_NEAR(static_cast<double>(small) / large, 6.7, 0.3);
}

TEST(KvAdmits, SurvivesAnyReportedNumber) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_TRUE(kv_admits(load_of(3), request, {most, 1, false}));
    EXPECT_FALSE(kv_admits(load_of(3), request, {most, most, false}));
    EXPECT_TRUE(kv_admits(load_of(3), request, {-1, most, false}));
}

// What the router admits, the provider's own gate admits: the router holds a place from before the request is sent
// until after it has ended, so the provider sees some of the same requests, in any order, and has the same figures.
TEST(KvAdmits, WhatTheRouterAdmitsTheProviderAdmits) {
    Prng prng(7);
    const auto draw = [&](std::uint64_t most) { return static_cast<std::int64_t>(below(prng.next(), most)); };
    int refused = 0;
    for (int fleet = 0; fleet < 300; ++fleet) {
        const KvBudget budget{(1LL << 20) + draw(1ULL << 34), 1 + draw(400'000), draw(2) == 0};
        KvLoad router, provider;
        std::vector<KvNeed> reserved, running;
        for (int step = 0; step < 200; ++step) {
            const KvNeed need{draw(20'000), draw(2'000), 2'000 + draw(30'000),
                              static_cast<double>(draw(4'000'000)) / 7};
            if (kv_admits(router, need, budget)) {
                ASSERT_TRUE(kv_admits(provider, need, budget)) << fleet << ":" << step;
                router.add(need);
                provider.add(need);
                running.push_back(need);
            } else {
                ++refused;
            }
            // The provider is done first; the router hears of it later.
            while (!running.empty() && draw(3) == 0) {
                const auto at = static_cast<std::ptrdiff_t>(draw(running.size()));
                provider.remove(running[static_cast<std::size_t>(at)]);
                reserved.push_back(running[static_cast<std::size_t>(at)]);
                running.erase(running.begin() + at);
            }
            while (!reserved.empty() && draw(2) == 0) {
                router.remove(reserved.back());
                reserved.pop_back();
            }
        }
    }
    EXPECT_GT(refused, 1000);  // or nothing was tested
}

// One gate for loading and for requests: what is loaded can serve the request it was loaded for.
TEST(LoadAdmits, LeavesRoomForARequest) {
    const KvNeed first{512, 256, 256, 0};
    EXPECT_TRUE(load_admits(10'000, 10'768, first, 1));
    EXPECT_FALSE(load_admits(10'000, 10'767, first, 1));
    Prng prng(3);
    for (int i = 0; i < 1000; ++i) {
        const auto weights = static_cast<std::int64_t>(below(prng.next(), 1ULL << 36));
        const auto free = static_cast<std::int64_t>(below(prng.next(), 1ULL << 37));
        const auto per_token = static_cast<std::int64_t>(below(prng.next(), 400'000)) + 1;
        if (!load_admits(weights, free, first, per_token)) continue;
        EXPECT_GE(free - weights, (first.prompt + first.most) * per_token);
    }
}

TEST(KvBytesPerToken, KnownModels) {
    EXPECT_EQ(kv_bytes_per_token({.layers = 32, .kv_heads = 8, .head_dim = 128}), 131'072);
    EXPECT_EQ(kv_bytes_per_token({.layers = 28, .kv_heads = 4, .head_dim = 128}), 57'344);
    EXPECT_EQ(kv_bytes_per_token({.layers = 80, .kv_heads = 8, .head_dim = 128}), 327'680);
    EXPECT_EQ(kv_bytes_per_token({}), 0);
}

TEST(BudgetOf, BytesThenTokensThenNothing) {
    SlotReport report;
    EXPECT_FALSE(budget_of(report));
    report.kv_tokens = 4096;
    report.preempts = true;
    ASSERT_TRUE(budget_of(report));
    EXPECT_EQ(budget_of(report)->bytes, 4096);
    EXPECT_EQ(budget_of(report)->bytes_per_token, 1);
    EXPECT_TRUE(budget_of(report)->preempts);
    report.kv_budget = 1 << 30;  // bytes per token are not known
    EXPECT_EQ(budget_of(report)->bytes, 4096);
    report.kv_bytes_per_token = 49'152;
    EXPECT_EQ(budget_of(report)->bytes, 1 << 30);
}

TEST(IsStale, AfterThreeMissedPollsOrHeartbeats) {
    SlotReport report;
    EXPECT_TRUE(is_stale(report, Instant(1s)));  // never seen
    report.seen = Instant(100s);
    report.provenance = Provenance::measured;
    EXPECT_FALSE(is_stale(report, Instant(109s)));
    EXPECT_TRUE(is_stale(report, Instant(109s + 1ns)));
    report.provenance = Provenance::reported;
    EXPECT_FALSE(is_stale(report, Instant(115s)));
    EXPECT_TRUE(is_stale(report, Instant(115s + 1ns)));
}

TEST(LoadWait, OnlyWhereTheModelIsNotInMemory) {
    SlotReport report;
    report.seen = Instant(100s);
    report.load_time = 8s;
    const auto wait = [&](SlotPhase phase, Instant now) {
        report.phase = phase;
        return load_wait(report, now);
    };
    EXPECT_EQ(wait(SlotPhase::warm_idle, Instant(101s)), 0ns);
    EXPECT_EQ(wait(SlotPhase::warm_busy, Instant(101s)), 0ns);
    EXPECT_EQ(wait(SlotPhase::unknown, Instant(101s)), 0ns);
    EXPECT_EQ(wait(SlotPhase::cold, Instant(101s)), 8s);
    EXPECT_EQ(wait(SlotPhase::cold, Instant(110s)), 0ns);  // stale
    EXPECT_EQ(wait(SlotPhase::warming, Instant(101s)), 8s);
    report.phase_since = Instant(98s);
    EXPECT_EQ(wait(SlotPhase::warming, Instant(101s)), 5s);
    report.phase_since = Instant(1s);
    EXPECT_EQ(wait(SlotPhase::warming, Instant(101s)), 0ns);
    report.load_time.reset();
    EXPECT_EQ(wait(SlotPhase::cold, Instant(101s)), unmeasured_load);
}

}  // namespace
}  // namespace signalbox::core
