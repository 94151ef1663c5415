#include "engine/core/routing/hedging.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/prng.h"
#include "tests/unit/core/routing/routing_fixture.h"

namespace signalbox::core {
namespace {

constexpr Instant start{1h};

double uniform(Prng& prng) {
    return static_cast<double>(prng.next() >> 11) * 0x1.0p-53;
}

TEST(RunningQuantile, FindsTheQuantileOfAHeavyTail) {
    for (const double quantile : {0.5, 0.9, 0.95, 0.99}) {
        RunningQuantile estimate(quantile);
        Prng prng(7);
        int below = 0;
        for (int i = 0; i < 20'000; ++i) {
            const double sample = 100 / std::pow(1 - uniform(prng), 0.7);  // Pareto
            if (i >= 4'000) below += sample <= estimate.value();
            estimate.add(sample);
        }
        EXPECT_NEAR(below / 16'000.0, quantile, 0.01);
    }
}

TEST(RunningQuantile, WhatTookAtLeastAsLongCountsAsAbove) {
    RunningQuantile known(0.9), hidden(0.9);
    Prng prng(3);
    for (int i = 0; i < 20'000; ++i) {
        const double sample = 50 + 100 * uniform(prng);
        known.add(sample);
        // Whoever is slower than usual is given up just above it.
        if (sample > hidden.value() && hidden.value() > 0) {
            hidden.add_at_least(hidden.value() * 1.001);
        } else {
            hidden.add(sample);
        }
    }
    EXPECT_NEAR(hidden.value(), known.value(), 10);
    RunningQuantile empty(0.9);
    empty.add_at_least(5);
    EXPECT_EQ(empty.value(), 0) << "a bound alone says nothing";
}

Hedging hedging_after(const std::string& after, double budget = 1) {
    Hedging hedging;
    hedging.adopt({true, after, budget});
    return hedging;
}

TEST(Hedging, IsOffUntilItIsWanted) {
    Hedging hedging;
    EXPECT_FALSE(hedging.enabled());
    EXPECT_EQ(hedging.attempt_begins(true, start), Hedging::for_ever);
    hedging.adopt({true, "2s", 1});
    EXPECT_EQ(hedging.attempt_begins(true, start), Nanos(2s));
    hedging.adopt({false, "2s", 1});
    EXPECT_EQ(hedging.attempt_begins(true, start), Hedging::for_ever);
}

TEST(Hedging, APercentileIsLearnedForStreamsAndWholeAnswersApart) {
    Hedging hedging = hedging_after("p90");
    for (int i = 0; i < Hedging::enough_samples; ++i) {
        EXPECT_EQ(hedging.attempt_begins(true, start), Hedging::for_ever) << i;
        hedging.attempt_ended(true, i == 0 ? Nanos(1h) : 100ms + i * 1ms, true);
    }
    const Nanos late = hedging.attempt_begins(true, start);
    EXPECT_GE(late, 125ms) << "one wild sample at the beginning does not matter";
    EXPECT_LE(late, 130ms);
    EXPECT_EQ(hedging.attempt_begins(false, start), Hedging::for_ever);
    for (int i = 0; i < 1000; ++i) hedging.attempt_ended(false, 9s, true);
    EXPECT_NEAR(static_cast<double>(hedging.attempt_begins(false, start) / 1ms), 9000, 600);
}

TEST(Hedging, WhatIsGivenUpNeitherLowersItNorHidesThatAllBecameSlow) {
    Hedging hedging = hedging_after("p95");
    for (int i = 0; i < Hedging::enough_samples; ++i) hedging.attempt_ended(true, 100ms, true);
    hedging.attempt_ended(true, 1ms, false);  // refused at once
    EXPECT_EQ(hedging.attempt_begins(true, start), Nanos(100ms));
    for (int i = 0; i < 50; ++i) hedging.attempt_ended(true, hedging.attempt_begins(true, start) + 1ms, false);
    EXPECT_GT(hedging.attempt_begins(true, start), 500ms);
}

TEST(Hedging, TheBudgetIsAShareOfTheLastQuarterOfAnHour) {
    Hedging hedging = hedging_after("1s", 0.05);
    Instant now = start;
    int spent = 0;
    for (int i = 1; i <= 1000; ++i) {
        (void)hedging.attempt_begins(true, now);
        while (hedging.has_budget(now)) {
            hedging.hedge_begins(now);
            ++spent;
        }
        EXPECT_EQ(spent, i / 20);
    }
    now += 20min;
    EXPECT_FALSE(hedging.has_budget(now)) << "what was not spent in time is gone";
    EXPECT_FALSE(hedging_after("1s", 0).has_budget(now));
}

// ---- where a hedge may go

Config two_deployments() {
    Config config = small_config();
    config.models[0].hedge = {true, "1s", 1};
    return config;
}

Decision hedge(RoutingFixture& f, const Plan& plan, std::vector<Tried> tried) {
    Decision out;
    f.fleet.decide({.plan = plan, .tried = tried, .hedge_step = 0, .now = f.now, .probe_lease = 60s, .draw = 1}, out);
    return out;
}

// Both keys of a/m.
std::vector<Tried> beside_a(RoutingFixture& f) {
    return {{f.lane("a/m/k1"), 0, true}, {f.lane("a/m/k2"), 0, true}};
}

TEST(Hedging, GoesToAnotherDeploymentOfTheSameModelOnly) {
    RoutingFixture f(two_deployments());
    const Plan plan = *f.plan_for("main");
    const Decision there = hedge(f, plan, beside_a(f));
    ASSERT_EQ(there.kind, Choice::Kind::go);
    EXPECT_EQ(f.lane_name(there), "b/m");
    std::vector<Tried> all = beside_a(f);
    all.push_back({f.lane("b/m"), 0, true});
    EXPECT_NE(hedge(f, plan, all).kind, Choice::Kind::go) << "the fallback is another model";
}

TEST(Hedging, NeverTakesAProbeARampingNewcomerOrALastResort) {
    RoutingFixture f(two_deployments());
    const Plan plan = *f.plan_for("main");
    const LaneId b = f.lane("b/m");
    f.fail(b, ErrorCode::upstream_server_error, 6);
    ASSERT_EQ(f.fleet.lane(b).health.state(), BreakerState::open);
    EXPECT_NE(hedge(f, plan, beside_a(f)).kind, Choice::Kind::go);
    EXPECT_EQ(f.fleet.lane(b).diverted, 0) << "nobody wanted to go there";
    f.now = f.fleet.lane(b).health.open_until();  // its probe is due
    EXPECT_NE(hedge(f, plan, beside_a(f)).kind, Choice::Kind::go);
    EXPECT_EQ(f.fleet.lane(b).probes, 0);
}

TEST(Hedging, AProbeAPictureAndALonelyDeploymentAreNotHedged) {
    RoutingFixture f(two_deployments());
    const Plan plan = *f.plan_for("main");
    const DecideInput input{.plan = plan, .now = f.now};
    Choice choice = f.decide(plan);
    choice.chosen.step = 0;
    EXPECT_EQ(f.fleet.attempt_begins(input, choice), Nanos(1s));
    Choice probe = choice;
    probe.place.probe = true;
    EXPECT_EQ(f.fleet.attempt_begins(input, probe), Hedging::for_ever);
    Choice bypassed = choice;
    bypassed.bypassed = true;
    EXPECT_EQ(f.fleet.attempt_begins(input, bypassed), Hedging::for_ever);

    Config config = two_deployments();
    config.models[1].hedge = config.models[0].hedge;
    RoutingFixture lonely(config);
    const Plan spare = *lonely.plan_for("spare");
    EXPECT_EQ(lonely.fleet.attempt_begins({.plan = spare, .now = lonely.now}, lonely.decide(spare)), Hedging::for_ever);

    config.models[0].shape = Shape::image;
    config.models[0].fallbacks.clear();
    RoutingFixture pictures(config);
    const Plan images = *pictures.plan_for("main", {.shape = Shape::image});
    EXPECT_EQ(pictures.fleet.attempt_begins({.plan = images, .now = pictures.now}, pictures.decide(images)),
              Hedging::for_ever);
}

TEST(Hedging, AnOvertakenLaneIsNotBlamedButKnownToBeSlow) {
    RoutingFixture f(two_deployments());
    const Plan plan = *f.plan_for("main");
    const LaneId b = f.lane("b/m");
    for (int i = 0; i < 20; ++i) {
        const Decision there = hedge(f, plan, beside_a(f));
        ASSERT_EQ(there.chosen.lane, b);
        AttemptOutcome end;
        end.note = {ErrorCode::overtaken, 0, "id", false};
        end.silent = 4s;
        end.streamed = true;
        f.fleet.release(there.place, end, f.now, 1);
    }
    EXPECT_EQ(f.fleet.lane(b).health.state(), BreakerState::closed);
    EXPECT_EQ(f.fleet.lane(b).health.samples(), 0);
    EXPECT_EQ(f.fleet.lane(b).in_flight, 0);
    EXPECT_NEAR(f.fleet.lane(b).first_token_us, 4e6, 1e5);
}

}  // namespace
}  // namespace signalbox::core
