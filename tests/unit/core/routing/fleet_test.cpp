#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tests/unit/core/routing/routing_fixture.h"

namespace signalbox::core {
namespace {

TEST(Fleet, a_decision_reserves_and_release_gives_back) {
    RoutingFixture f;
    const Plan plan = *f.plan_for("main");
    const Decision d = f.decide(plan);
    ASSERT_EQ(d.kind, Choice::Kind::go);
    EXPECT_EQ(f.fleet.lane(d.chosen.lane).in_flight, 1);
    f.fleet.release(d.place, outcome(ErrorCode::ok, 400'000), f.now, 0);
    EXPECT_EQ(f.fleet.lane(d.chosen.lane).in_flight, 0);
    EXPECT_DOUBLE_EQ(f.fleet.lane(d.chosen.lane).first_token_us, 400'000);
}

TEST(Fleet, explain_changes_nothing) {
    RoutingFixture f;
    const Plan plan = *f.plan_for("main");
    Decision d;
    f.fleet.explain({.plan = plan, .tried = {}, .now = f.now, .draw = 1}, d);
    ASSERT_EQ(d.kind, Choice::Kind::go);
    EXPECT_EQ(f.fleet.lane(d.chosen.lane).in_flight, 0);
}

// A dry run brings no draw; most decisions do not draw lots, and neither does it.
TEST(Fleet, explain_without_a_draw_tells_the_scores) {
    RoutingFixture f;
    const Plan plan = *f.plan_for("main");
    for (int i = 0; i < 20; ++i) {
        const Decision d = f.decide(plan, {}, static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL);
        f.fleet.release(d.place, outcome(ErrorCode::ok, 400'000), f.now, 0);
    }
    Decision d;
    f.fleet.explain({.plan = plan, .tried = {}, .now = f.now}, d);
    ASSERT_EQ(d.kind, Choice::Kind::go);
    EXPECT_GT(d.chosen.score, 0);
}

TEST(Fleet, weighted_keys_share_by_weight) {
    Config config = small_config();
    config.models[0].strategy = Strategy::weighted;
    config.models[0].deployments.pop_back();
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    std::map<std::string, int> taken;
    for (std::uint64_t draw = 0; draw < 10'000; ++draw) {
        const Decision d = f.decide(plan, {}, draw * 0x9e3779b97f4a7c15ULL);
        ++taken[f.lane_name(d)];
        f.fleet.release_unused(d.place, f.now);
    }
    EXPECT_NEAR(taken["a/m#k1"], 7000, 200);
    EXPECT_NEAR(taken["a/m#k2"], 3000, 200);
}

TEST(Fleet, keys_keep_their_weights_when_the_fastest_is_wanted) {
    Config config = small_config();
    config.models[0].deployments.pop_back();
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    int first = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        const Decision d = f.decide(plan, {}, i * 0x9e3779b97f4a7c15ULL);
        const bool is_first = f.lane_name(d) == "a/m#k1";
        first += is_first;
        f.fleet.release(d.place, outcome(ErrorCode::ok, is_first ? 1000 : 2000), f.now, 0);
    }
    EXPECT_NEAR(first, 7000, 200);
}

TEST(Fleet, an_open_breaker_moves_traffic_and_says_so) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    const Plan plan = *f.plan_for("main");
    const Decision d = f.decide(plan);
    ASSERT_EQ(d.kind, Choice::Kind::go);
    EXPECT_EQ(f.lane_name(d), "c/s");
    ASSERT_TRUE(d.diverted_from);
    EXPECT_EQ(d.diverted_from->verdict, Verdict::breaker_open);
    EXPECT_EQ(f.fleet.lane(f.lane("b/m")).diverted, 1);
    EXPECT_EQ(f.fleet.lane(f.lane("b/m")).served_by, f.lane("c/s"));
}

TEST(Fleet, the_probe_needs_somewhere_to_fail_over_to_and_is_claimed_once) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    f.now += 10s;  // past the open time
    const Plan plan = *f.plan_for("main");
    const Decision probe = f.decide(plan);
    EXPECT_EQ(f.lane_name(probe), "b/m");
    EXPECT_TRUE(probe.place.probe);
    EXPECT_FALSE(probe.bypassed);
    const Decision next = f.decide(plan);
    EXPECT_EQ(f.lane_name(next), "c/s");
    EXPECT_EQ(next.trace[0].verdict, Verdict::probe_under_way);
    f.fleet.release(probe.place, outcome(ErrorCode::ok, 1000), f.now, 0);
    EXPECT_EQ(f.fleet.lane(f.lane("b/m")).health.state(), BreakerState::closed);
}

TEST(Fleet, health_never_refuses_a_request_that_has_nowhere_else_to_go) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    config.models[0].fallbacks.clear();
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_server_error, 5);
    const Decision d = f.decide(*f.plan_for("main"));
    ASSERT_EQ(d.kind, Choice::Kind::go);
    EXPECT_TRUE(d.bypassed);
}

TEST(Fleet, a_full_target_makes_the_request_wait_only_when_all_are_full) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    config.models[0].deployments[0].max_in_flight = 1;
    config.models[1].deployments[0].max_in_flight = 1;
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    const Decision first = f.decide(plan);
    EXPECT_EQ(f.lane_name(first), "b/m");
    EXPECT_EQ(f.lane_name(f.decide(plan)), "c/s");
    const Decision third = f.decide(plan);
    EXPECT_EQ(third.kind, Choice::Kind::wait);
    EXPECT_EQ(third.retry_at, never);
    f.fleet.release_unused(first.place, f.now);
    EXPECT_EQ(f.lane_name(f.decide(plan)), "b/m");
}

TEST(Fleet, a_rate_limited_target_is_left_alone_until_its_time) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    config.models[0].fallbacks.clear();
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    const Decision d = f.decide(plan);
    f.fleet.release(d.place, outcome(ErrorCode::upstream_rate_limited, -1, 20s), f.now, 0);
    const Decision waiting = f.decide(plan);
    EXPECT_EQ(waiting.kind, Choice::Kind::wait);
    EXPECT_EQ(waiting.retry_at, f.now + 20s);
    EXPECT_EQ(waiting.trace[0].verdict, Verdict::cooling_down);
    EXPECT_EQ(f.fleet.lane(d.chosen.lane).health.state(), BreakerState::closed);  // busy is not broken
    f.now += 20s;
    EXPECT_EQ(f.decide(plan).kind, Choice::Kind::go);
}

// Somebody may queue for one place without closing all the others to everybody.
TEST(Fleet, waiters_hold_back_only_the_places_they_wait_for) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    const std::array<DeploymentId, 1> reserved = {f.names.deployments.id_of("b/m")};
    Decision d;
    f.fleet.explain({.plan = plan, .tried = {}, .reserved = reserved, .now = f.now, .draw = 1}, d);
    EXPECT_EQ(f.lane_name(d), "c/s");  // the fallback has room
    EXPECT_EQ(d.trace[0].verdict, Verdict::at_capacity);
    PlanRequest alone;
    alone.no_fallback = true;
    const Plan short_plan = *f.plan_for("main", alone);
    f.fleet.explain({.plan = short_plan, .tried = {}, .reserved = reserved, .now = f.now, .draw = 1}, d);
    EXPECT_EQ(d.kind, Choice::Kind::wait);
    EXPECT_TRUE(d.busy);
}

TEST(Fleet, one_bad_answer_does_not_banish_a_lane_for_ever) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m"), deployment("c", "m")};
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_server_error, 1);
    const Plan plan = *f.plan_for("main");
    int again = 0;  // of the last thousand
    for (std::uint64_t i = 0; i < 3000; ++i) {
        const Decision d = f.decide(plan, {}, i * 0x9e3779b97f4a7c15ULL);
        again += i >= 2000 && f.lane_name(d) == "b/m";
        f.fleet.release(d.place, outcome(ErrorCode::ok, 100'000), f.now, 0);
    }
    EXPECT_GT(again, 300);
}

TEST(Fleet, lower_order_tiers_come_first) {
    Config config = small_config();
    config.models[0].deployments[0].order = 2;
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    for (std::uint64_t draw = 0; draw < 50; ++draw) EXPECT_EQ(f.lane_name(f.decide(plan, {}, draw)), "b/m");
}

TEST(Fleet, a_prompt_that_fits_nowhere_is_refused_and_one_that_fits_elsewhere_moves) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    config.models[0].deployments[0].context = 1000;
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    Decision d;
    f.fleet.explain({.plan = plan, .tried = {}, .need = {.prompt = 2000}, .now = f.now, .draw = 1}, d);
    EXPECT_EQ(f.lane_name(d), "c/s");
    PlanRequest alone;
    alone.no_fallback = true;
    const Plan short_plan = *f.plan_for("main", alone);
    f.fleet.explain({.plan = short_plan, .tried = {}, .need = {.prompt = 2000}, .now = f.now, .draw = 1}, d);
    EXPECT_EQ(d.kind, Choice::Kind::refuse);
    EXPECT_EQ(d.refusal, ErrorCode::context_too_long);
}

TEST(Fleet, what_failed_in_this_request_is_not_tried_again) {
    RoutingFixture f;
    const Plan plan = *f.plan_for("main");
    std::vector<Tried> tried;
    for (int i = 0; i < 4; ++i) {
        const Decision d = f.decide(plan, tried, static_cast<std::uint64_t>(i));
        ASSERT_EQ(d.kind, Choice::Kind::go);
        for (const Tried& t : tried) EXPECT_NE(t.lane, d.chosen.lane);
        tried.push_back({d.chosen.lane, 1, true});
    }
    const Decision last = f.decide(plan, tried);
    EXPECT_EQ(last.kind, Choice::Kind::refuse);
    EXPECT_EQ(last.refusal, ErrorCode::no_target);
}

TEST(Fleet, fast_failures_repel_traffic) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m"), deployment("c", "m")};
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    int to_bad = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Decision d = f.decide(plan, {}, i * 0x9e3779b97f4a7c15ULL);
        const bool bad = f.lane_name(d) == "b/m";
        to_bad += bad;
        const ErrorCode code = bad && i % 2 == 0 ? ErrorCode::upstream_server_error : ErrorCode::ok;
        f.fleet.release(d.place, outcome(code, bad ? 50'000 : 8'000'000), f.now, i);
        f.now += 1s;
    }
    EXPECT_LT(to_bad, 120);  // 160 times faster, half of it errors: it must not win everything
}

TEST(Fleet, a_reload_keeps_the_state_of_lanes_that_stay) {
    RoutingFixture f;
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    Config changed = small_config();
    changed.models.erase(changed.models.begin() + 1);
    changed.models[0].fallbacks.clear();
    const RoutingTable next(std::make_shared<const Config>(changed), f.names);
    f.fleet.adopt(next, f.names, f.now);
    EXPECT_EQ(f.fleet.lane(f.lane("b/m")).health.state(), BreakerState::open);
}

}  // namespace
}  // namespace signalbox::core
