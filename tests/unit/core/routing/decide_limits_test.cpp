// What no request gets past, not even as a last resort, and what is given back.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/core/routing/routing_fixture.h"

namespace signalbox::core {
namespace {

Decision ask(RoutingFixture& f, KvNeed need = {}) {
    Decision d;
    const Plan plan = *f.plan_for("main");
    f.fleet.decide({.plan = plan, .tried = {}, .need = need, .now = f.now, .probe_lease = 60s, .draw = 1}, d);
    return d;
}

TEST(Decide, the_last_resort_keeps_to_places_drains_and_rates) {
    Config config = only({deployment("b", "m")});
    config.models[0].deployments[0].max_in_flight = 1;
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    const Decision bypass = ask(f);
    EXPECT_EQ(bypass.kind, Choice::Kind::go);
    EXPECT_TRUE(bypass.bypassed);
    const Decision second = ask(f);
    EXPECT_EQ(second.kind, Choice::Kind::wait);
    EXPECT_TRUE(second.busy);
    EXPECT_EQ(second.trace[0].verdict, Verdict::at_capacity);
    f.fleet.release_unused(bypass.place, f.now);
    f.fleet.set_draining(deployment_id(f, "b/m"), true);
    const Decision drained = ask(f);
    EXPECT_EQ(drained.kind, Choice::Kind::refuse);
    EXPECT_EQ(drained.trace[0].verdict, Verdict::target_draining);
}

TEST(Decide, a_broken_lane_keeps_to_the_rates_of_its_key) {
    Config config = only({deployment("a", "m")});
    config.providers[0].keys = {{"k1", "s1", 1, {}, {}, {}}};
    config.providers[0].keys[0].rpm = 6;  // one at once
    RoutingFixture f(config);
    f.fleet.release(ask(f).place, outcome(ErrorCode::upstream_not_found, -1), f.now, 0);
    f.now += 10s;
    f.fleet.release(ask(f).place, outcome(ErrorCode::upstream_not_found, -1), f.now, 0);
    ASSERT_EQ(f.fleet.lane(f.lane("a/m#k1")).health.state(), BreakerState::open);
    const Decision d = ask(f);
    EXPECT_EQ(d.kind, Choice::Kind::wait);
    EXPECT_EQ(d.trace[0].verdict, Verdict::rate_full);
    EXPECT_EQ(d.retry_at, f.now + 10s);
}

TEST(Decide, a_broken_lane_that_is_full_keeps_nobody_from_one_that_is_only_broken) {
    Config config = only({deployment("b", "m"), deployment("c", "m")});
    config.models[0].deployments[0].max_in_flight = 1;
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    f.fail(f.lane("c/m"), ErrorCode::upstream_not_found, 2);
    std::vector<std::string> went;
    for (int i = 0; i < 3; ++i) went.push_back(f.lane_name(ask(f)));
    EXPECT_LE(std::ranges::count(went, "b/m"), 1);
    EXPECT_GE(std::ranges::count(went, "c/m"), 2);
}

TEST(Decide, a_probe_and_a_lane_that_cools_down_past_its_time_keep_to_places) {
    Config config = only({deployment("b", "m")});
    config.models[0].deployments[0].max_in_flight = 1;
    RoutingFixture f(config);
    for (int i = 0; i < 50; ++i) {  // says "later" for so long that it is avoided for longer than it asks
        const Decision d = ask(f);
        ASSERT_EQ(d.kind, Choice::Kind::go);
        f.fleet.release(d.place, outcome(ErrorCode::upstream_rate_limited, -1, 20s), f.now, 0);
        f.now += 20s;
    }
    ASSERT_GT(f.fleet.lane(f.lane("b/m")).avoid_until, f.now);
    const Decision held = ask(f);
    EXPECT_EQ(held.kind, Choice::Kind::go);
    EXPECT_EQ(ask(f).trace[0].verdict, Verdict::at_capacity);
    f.fleet.release(held.place, outcome(ErrorCode::ok, 1000), f.now, 0);
    f.now += 1h;
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    f.now += 1h;
    const Decision probe = ask(f);
    EXPECT_TRUE(probe.place.probe);
    EXPECT_EQ(ask(f).trace[0].verdict, Verdict::at_capacity);
}

TEST(Decide, requests_larger_than_a_burst_are_charged_in_full) {
    Config config = only({deployment("b", "m")});
    config.models[0].deployments[0].tpm = 6000;  // a thousand at once
    RoutingFixture f(config);
    const KvNeed large{3900, 100, 600, 0};
    const Decision d = ask(f, large);
    EXPECT_EQ(d.place.of_deployment.tokens, 4000);
    EXPECT_EQ(ask(f, {1, 0, 0, 0}).retry_at, f.now + 30s + 10ms) << "3,000 owed at 100 a second";
    AttemptOutcome end = outcome(ErrorCode::ok, 1000);
    end.tokens_used = 4500;
    f.fleet.release(d.place, end, f.now, 0);
    EXPECT_EQ(f.fleet.deployment(deployment_id(f, "b/m")).tokens.available(f.now), -3500);
}

TEST(Decide, a_place_that_was_never_used_gives_back_all_it_took) {
    Config config = only({deployment("a", "m")});
    config.providers[0].keys = {{"k1", "s1", 1, {}, {}, {}}};
    config.providers[0].keys[0].rpm = 60;
    config.providers[0].keys[0].tpm = 6000;
    config.models[0].deployments[0].rpm = 60;
    RoutingFixture f(config);
    const KeyState& key = f.fleet.key(f.names.keys.id_of("a#k1"));
    const DeploymentState& there = f.fleet.deployment(deployment_id(f, "a/m"));
    const Decision d = ask(f, {400, 100, 600, 0});
    EXPECT_EQ(key.requests.available(f.now), 9);
    EXPECT_EQ(key.tokens.available(f.now), 500);
    EXPECT_EQ(there.requests.available(f.now), 9);
    f.fleet.release_unused(d.place, f.now);
    EXPECT_EQ(key.requests.available(f.now), 10);
    EXPECT_EQ(key.tokens.available(f.now), 1000);
    EXPECT_EQ(there.requests.available(f.now), 10);
}

TEST(Decide, a_canary_that_was_never_used_is_still_due) {
    RoutingFixture f(only({deployment("b", "m")}));
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    f.now += 1h;
    f.fleet.release(ask(f).place, outcome(ErrorCode::ok, 1000), f.now, 0);
    const Health& health = f.fleet.lane(f.lane("b/m")).health;
    ASSERT_TRUE(health.canary_due(f.now));
    const Decision d = ask(f);
    EXPECT_FALSE(health.canary_due(f.now));
    f.fleet.release_unused(d.place, f.now);
    EXPECT_TRUE(health.canary_due(f.now));
}

TEST(Decide, a_probe_of_a_key_that_never_got_an_answer_is_due_again) {
    Config config = only({deployment("a", "m"), deployment("b", "m")});
    config.providers[0].keys = {{"k1", "s1", 1, {}, {}, {}}};
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    const Health& health = f.fleet.key(f.names.keys.id_of("a#k1")).health;
    AttemptOutcome refused = outcome(ErrorCode::upstream_unauthorized, -1);
    refused.note.status = 401;
    for (std::uint64_t draw = 0; health.state() == BreakerState::closed; ++draw) {
        const Decision d = f.decide(plan, {}, draw);
        f.fleet.release(d.place, f.lane_name(d) == "a/m#k1" ? refused : outcome(ErrorCode::ok, 1000), f.now, 0);
    }
    f.now = health.open_until();
    const Decision probe = f.decide(plan);
    ASSERT_TRUE(probe.place.key_probe);
    EXPECT_FALSE(f.decide(plan).place.probe);
    f.fleet.release(probe.place, outcome(ErrorCode::connect_timeout, -1), f.now, 0);
    EXPECT_EQ(health.gate(f.now), Health::Gate::probe_only);
}

TEST(Decide, clients_that_give_up_are_no_sign_of_life) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    for (int i = 0; i < 20; ++i) {
        f.fleet.release(f.decide(plan, {}, 5).place, outcome(ErrorCode::ok, 500'000), f.now, 0);
        f.now += 50ms;
    }
    std::vector<Decision> held;
    for (int i = 0; i < 30; ++i) held.push_back(f.decide(plan, {}, 5));
    for (int i = 0; i < 10; ++i) {  // a black hole: each client leaves after a second, and another comes
        f.now += 100ms;
        f.fleet.release(held[static_cast<std::size_t>(i)].place, outcome(ErrorCode::client_gone, -1), f.now, 0);
    }
    EXPECT_EQ(f.decide(plan, {}, 5).trace[0].verdict, Verdict::stalled);
}

TEST(Decide, a_stretch_of_later_is_over_after_a_long_pause) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    const LaneState& state = f.fleet.lane(f.lane("b/m"));
    const auto later = [&] {
        f.fleet.release(ask(f).place, outcome(ErrorCode::upstream_rate_limited, -1, 20s), f.now, 0);
    };
    later();
    f.now += 30s;
    later();
    EXPECT_EQ(state.busy_since, f.now - 30s);
    f.now += 3h;
    later();
    EXPECT_EQ(state.busy_since, f.now);
    EXPECT_EQ(state.avoid_until, f.now + 20s);
}

TEST(Decide, memory_that_others_hold_is_not_ours_to_give) {
    RoutingFixture f(only({deployment("b", "m")}));
    SlotReport told;
    told.seen = f.now;
    told.kv_tokens = 10'000;
    told.kv_tokens_used = 6000;
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    const KvNeed need{1000, 500, 2000, 0};
    EXPECT_EQ(ask(f, need).kind, Choice::Kind::go) << "our first";
    EXPECT_EQ(ask(f, need).trace[0].verdict, Verdict::memory_full);
    told.seen = f.now += 1s;
    told.kv_tokens_used = 1500;  // all ours
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    EXPECT_EQ(ask(f, need).kind, Choice::Kind::go);
    told.seen = f.now += 1s;
    told.kv_tokens_used = 9000;
    told.busy = 2;  // both ours: the rest is a cache
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    EXPECT_EQ(ask(f, need).kind, Choice::Kind::go);
}

TEST(Decide, others_count_only_while_their_report_is_valid) {
    RoutingFixture f(only({deployment("b", "m"), deployment("c", "m")}, Strategy::least_busy));
    SlotReport told;
    told.seen = f.now;
    told.total = 20;
    told.busy = 10;
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    EXPECT_EQ(f.lane_name(ask(f)), "c/m");
    f.now += 1h;
    EXPECT_EQ(f.lane_name(ask(f)), "b/m");
}

TEST(Decide, a_failed_load_yields_while_the_report_is_valid) {
    RoutingFixture f(only({deployment("b", "m"), deployment("c", "m")}, Strategy::weighted));
    SlotReport told;
    told.seen = f.now;
    told.phase = SlotPhase::failed;
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    const Plan plan = *f.plan_for("main");
    for (std::uint64_t draw = 0; draw < 50; ++draw) EXPECT_EQ(f.lane_name(f.decide(plan, {}, draw)), "c/m");
    f.fleet.set_draining(deployment_id(f, "c/m"), true);
    EXPECT_EQ(f.lane_name(f.decide(plan)), "b/m") << "the last resort";
}

TEST(Decide, nobody_explores_abroad_while_the_near_may_serve) {
    Config config = only({deployment("b", "m"), deployment("c", "m")});
    config.fleet_region = "eu-west";
    config.providers[1].zone = "eu-west-1";
    config.providers[2].zone = "us-east";
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    for (std::uint64_t draw = 0; draw < 1000; ++draw) {
        const Decision d = f.decide(plan, {}, draw * 0x9e3779b97f4a7c15ULL);
        ASSERT_EQ(f.lane_name(d), "b/m");
        f.fleet.release(d.place, outcome(ErrorCode::ok, 50'000), f.now, 0);
    }
}

}  // namespace
}  // namespace signalbox::core
