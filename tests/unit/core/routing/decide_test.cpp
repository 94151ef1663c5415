// What a decision looks at besides breakers: keys, slots, memory, rates, zones, silence, newcomers.
#include <gtest/gtest.h>

#include <map>

#include "engine/base/limits.h"
#include "tests/unit/core/routing/routing_fixture.h"

namespace signalbox::core {
namespace {

// Sends `n` requests and ends each with what `end` says; returns how many went to each lane.
template <class End>
std::map<std::string, int> send(RoutingFixture& f, int n, End end) {
    const Plan plan = *f.plan_for("main");
    std::map<std::string, int> taken;
    for (int i = 0; i < n; ++i) {
        const Decision d = f.decide(plan, {}, static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL);
        if (d.kind != Choice::Kind::go) continue;
        const std::string name = f.lane_name(d);
        ++taken[name];
        f.fleet.release(d.place, end(name), f.now, static_cast<std::uint64_t>(i));
        f.now += 100ms;
    }
    return taken;
}

TEST(Decide, a_dead_key_is_not_a_dead_model) {
    RoutingFixture f(only({deployment("a", "m"), deployment("a", "n")}));
    const auto taken = send(f, 400, [](const std::string& name) {
        AttemptOutcome out = outcome(name.ends_with("#k1") ? ErrorCode::upstream_unauthorized : ErrorCode::ok, 100'000);
        out.note.status = out.note.code == ErrorCode::ok ? 200 : 401;
        return out;
    });
    EXPECT_LE(taken.at("a/m#k1") + (taken.contains("a/n#k1") ? taken.at("a/n#k1") : 0), 20)
        << "two refusals close the key for both models; afterwards only its probes";
    EXPECT_EQ(f.fleet.lane(f.lane("a/m#k1")).health.state(), BreakerState::closed);
    EXPECT_NE(f.fleet.key(f.names.keys.id_of("a#k1")).health.state(), BreakerState::closed);
    Decision d;
    f.fleet.explain({.plan = *f.plan_for("a/n"), .tried = {}, .now = f.now, .draw = 1}, d);
    EXPECT_EQ(d.trace[0].verdict, Verdict::key_refused);
    EXPECT_GT(f.fleet.lane(f.lane("a/m#k1")).diverted, 0);
    EXPECT_EQ(f.lane_name(d), "a/n#k2");
}

TEST(Decide, a_403_is_left_to_the_one_model) {
    RoutingFixture f(only({deployment("a", "m")}));
    send(f, 100, [](const std::string& name) {
        AttemptOutcome out = outcome(name.ends_with("#k1") ? ErrorCode::upstream_unauthorized : ErrorCode::ok, 100'000);
        out.note.status = out.note.code == ErrorCode::ok ? 200 : 403;
        return out;
    });
    EXPECT_NE(f.fleet.lane(f.lane("a/m#k1")).health.state(), BreakerState::closed);
    EXPECT_EQ(f.fleet.key(f.names.keys.id_of("a#k1")).health.state(), BreakerState::closed);
}

TEST(Decide, slots_told_by_a_server_bound_what_is_sent_there) {
    RoutingFixture f(only({deployment("b", "m")}));
    SlotReport told;
    told.seen = f.now;
    told.provenance = Provenance::measured;
    told.phase = SlotPhase::warm_busy;
    told.total = 3;
    told.busy = 1;  // somebody else's
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    const Plan plan = *f.plan_for("main");
    EXPECT_EQ(f.decide(plan).kind, Choice::Kind::go);
    EXPECT_EQ(f.decide(plan).kind, Choice::Kind::go);
    const Decision third = f.decide(plan);
    EXPECT_EQ(third.kind, Choice::Kind::wait);
    EXPECT_EQ(third.trace[0].verdict, Verdict::at_capacity);
    f.now += limits::slot_poll_every * limits::slot_polls_missed + 1s;  // the server has gone quiet: its word is void
    EXPECT_EQ(f.decide(plan).kind, Choice::Kind::go);
}

TEST(Decide, our_own_requests_between_two_readings_are_nobody_elses) {
    RoutingFixture f(only({deployment("b", "m")}));
    const Plan plan = *f.plan_for("main");
    std::vector<Decision> held;
    for (int i = 0; i < 3; ++i) held.push_back(f.decide(plan));
    for (const Decision& d : held) f.fleet.release(d.place, outcome(ErrorCode::ok, 1000), f.now, 0);
    SlotReport told;
    told.seen = f.now;
    told.total = 4;
    told.busy = 3;  // read while ours were there
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    EXPECT_EQ(f.fleet.deployment(deployment_id(f, "b/m")).foreign, 0);
}

TEST(Decide, memory_bounds_what_is_admitted_and_is_given_back) {
    RoutingFixture f(only({deployment("b", "m")}));
    SlotReport told;
    told.seen = f.now;
    told.kv_bytes_per_token = 1000;
    told.kv_budget = 10'000'000;  // ten thousand tokens
    f.fleet.note_slots(deployment_id(f, "b/m"), told);
    const Plan plan = *f.plan_for("main");
    const auto ask = [&] {
        Decision d;
        f.fleet.decide({.plan = plan, .tried = {}, .need = {1000, 500, 2000, 0}, .now = f.now, .draw = 1}, d);
        return d;
    };
    std::vector<Decision> held;
    for (;;) {
        Decision d = ask();
        if (d.kind != Choice::Kind::go) {
            EXPECT_EQ(d.trace[0].verdict, Verdict::memory_full);
            EXPECT_EQ(d.kind, Choice::Kind::wait);
            break;
        }
        held.push_back(std::move(d));
    }
    EXPECT_EQ(held.size(), 3U) << "three times 3,000 tokens at the worst fit into 10,000 without preemption";
    f.fleet.release_unused(held.back().place, f.now);
    EXPECT_EQ(ask().kind, Choice::Kind::go);
}

TEST(Decide, a_cold_server_is_asked_when_the_warm_ones_queue_is_longer_than_the_load) {
    RoutingFixture f(only({deployment("b", "m"), deployment("c", "m")}));
    SlotReport warm;
    warm.seen = f.now;
    warm.phase = SlotPhase::warm_idle;
    SlotReport cold = warm;
    cold.phase = SlotPhase::cold;
    cold.load_time = 8s;
    f.fleet.note_slots(deployment_id(f, "b/m"), warm);
    f.fleet.note_slots(deployment_id(f, "c/m"), cold);
    const Plan plan = *f.plan_for("main");
    int to_warm = 0;
    for (std::uint64_t draw = 0; draw < 40; ++draw) to_warm += f.lane_name(f.decide(plan, {}, draw)) == "b/m";
    EXPECT_EQ(to_warm, 40) << "exploring must not load a model";
    int to_cold = 0;
    for (std::uint64_t draw = 0; draw < 200; ++draw) to_cold += f.lane_name(f.decide(plan, {}, draw)) == "c/m";
    EXPECT_GT(to_cold, 0);
}

TEST(Decide, rates_of_keys_and_deployments_are_kept_and_refunded) {
    Config config = only({deployment("b", "m")});
    config.models[0].deployments[0].rpm = 60;    // ten at once
    config.models[0].deployments[0].tpm = 6000;  // a thousand at once
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    const auto ask = [&] {
        Decision d;
        f.fleet.decide({.plan = plan, .tried = {}, .need = {400, 100, 600, 0}, .now = f.now, .draw = 1}, d);
        return d;
    };
    const Decision first = ask();
    const Decision second = ask();
    const Decision third = ask();
    EXPECT_EQ(third.kind, Choice::Kind::wait);
    EXPECT_EQ(third.trace[0].verdict, Verdict::rate_full);
    EXPECT_EQ(third.retry_at, f.now + 5s);  // 500 tokens at 100 a second
    AttemptOutcome short_answer = outcome(ErrorCode::ok, 1000);
    short_answer.tokens_used = 0;
    f.fleet.release(first.place, short_answer, f.now, 0);
    EXPECT_EQ(ask().kind, Choice::Kind::go);
    f.fleet.release(second.place, outcome(ErrorCode::ok, 1000), f.now, 0);
}

TEST(Decide, who_says_later_all_day_is_asked_ever_more_seldom_but_still_serves_alone) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    int asked = 0;
    for (const Instant end = f.now + 24h; f.now < end; f.now += 9s) {
        const Decision d = f.decide(plan, {}, static_cast<std::uint64_t>(f.now.time_since_epoch().count()));
        const bool busy = f.lane_name(d) == "b/m";
        asked += busy;
        AttemptOutcome out =
            outcome(busy ? ErrorCode::upstream_rate_limited : ErrorCode::ok, 1000, busy ? Nanos(20s) : Nanos{});
        f.fleet.release(d.place, out, f.now, 0);
    }
    EXPECT_LE(asked, 80);
    PlanRequest alone;
    alone.no_fallback = true;
    f.now = std::max(f.now, f.fleet.lane(f.lane("b/m")).cool_until);
    EXPECT_EQ(f.lane_name(f.decide(*f.plan_for("main", alone))), "b/m");
}

TEST(Decide, long_answers_go_where_they_are_written_faster) {
    RoutingFixture f(only({deployment("b", "m"), deployment("c", "m")}));
    send(f, 60, [](const std::string& name) {  // c begins a little later and writes three times as fast
        AttemptOutcome out = outcome(ErrorCode::ok, name == "b/m" ? 100'000 : 200'000);
        out.total_us = name == "b/m" ? 10'100'000 : 3'533'333;
        out.output_tokens = 500;
        return out;
    });
    const Plan plan = *f.plan_for("main");
    const auto to_c = [&](std::int64_t expected) {
        int times = 0;
        for (std::uint64_t draw = 0; draw < 100; ++draw) {
            Decision d;
            f.fleet.explain({.plan = plan, .tried = {}, .need = {100, expected, 2000, 0}, .now = f.now, .draw = draw},
                            d);
            times += f.lane_name(d) == "c/m";
        }
        return times;
    };
    EXPECT_GT(to_c(1000), 95);
    EXPECT_LT(to_c(1), 10);
}

TEST(Decide, headroom_follows_what_providers_say_is_left) {
    RoutingFixture f(only({deployment("b", "m"), deployment("c", "m")}, Strategy::headroom));
    const auto taken = send(f, 100, [](const std::string& name) {
        AttemptOutcome out = outcome(ErrorCode::ok, 1000);
        out.rates.requests_limit = 100;
        out.rates.requests_left = name == "b/m" ? 10 : 90;
        out.rates.reset = 60s;
        return out;
    });
    EXPECT_GE(taken.at("c/m"), 95);
}

TEST(Decide, the_near_zone_is_preferred_until_it_is_full) {
    Config config = only({deployment("b", "m"), deployment("c", "m")}, Strategy::weighted);
    config.fleet_region = "eu-west";
    config.providers[1].zone = "eu-west-1";
    config.providers[2].zone = "us-east";
    config.models[0].deployments[0].max_in_flight = 2;
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    std::map<std::string, int> taken;
    for (std::uint64_t draw = 0; draw < 5; ++draw) ++taken[f.lane_name(f.decide(plan, {}, draw))];
    EXPECT_EQ(taken["b/m"], 2);
    EXPECT_EQ(taken["c/m"], 3);
}

TEST(Decide, a_lane_that_falls_silent_yields_before_its_first_time_out) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    const Plan plan = *f.plan_for("main");
    for (int i = 0; i < 20; ++i) {  // half a second each
        const Decision d = f.decide(plan, {}, 5);
        f.fleet.release(d.place, outcome(ErrorCode::ok, 500'000), f.now, 0);
        f.now += 50ms;
    }
    for (int i = 0; i < 30; ++i) (void)f.decide(plan, {}, 5);
    f.now += 400ms;
    EXPECT_EQ(f.lane_name(f.decide(plan, {}, 5)), "b/m");
    f.now += 600ms;  // thirty requests and no sign of life for twice the usual time
    const Decision d = f.decide(plan, {}, 5);
    EXPECT_EQ(f.lane_name(d), "c/s");
    EXPECT_EQ(d.trace[0].verdict, Verdict::stalled);
    f.fleet.note_progress(f.lane("b/m"), f.now);
    EXPECT_EQ(f.lane_name(f.decide(plan, {}, 5)), "b/m");
}

TEST(Decide, a_newcomer_yields_to_proven_siblings_but_not_to_another_model) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    send(f, 50, [](const std::string&) { return outcome(ErrorCode::ok, 100'000); });
    config.models[0].deployments.push_back(deployment("c", "m"));
    f.table = std::make_shared<const RoutingTable>(std::make_shared<const Config>(config), f.names);
    f.fleet.adopt(*f.table, f.names, f.now);
    auto taken = send(f, 200, [](const std::string&) { return outcome(ErrorCode::ok, 100'000); });
    EXPECT_GT(taken["b/m"], 150);
    EXPECT_GT(taken["c/m"], 0);
    EXPECT_EQ(taken["c/s"], 0);
    f.fleet.hold(f.lane("b/m"), HoldKind::open, never, f.now);
    taken = send(f, 20, [](const std::string&) { return outcome(ErrorCode::ok, 100'000); });
    EXPECT_EQ(taken["c/m"], 20);
}

TEST(Decide, held_open_is_never_used_and_held_closed_always_may_be) {
    RoutingFixture f(only({deployment("b", "m")}));
    f.fleet.hold(f.lane("b/m"), HoldKind::open, f.now + 1min, f.now);
    const Plan plan = *f.plan_for("main");
    const Decision d = f.decide(plan);
    EXPECT_EQ(d.kind, Choice::Kind::refuse);
    EXPECT_EQ(d.trace[0].verdict, Verdict::held_open);
    f.now += 1min;
    EXPECT_EQ(f.decide(plan).kind, Choice::Kind::go);
    f.fleet.hold(f.lane("b/m"), HoldKind::closed, never, f.now);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 5);
    const Decision closed = f.decide(plan);
    EXPECT_EQ(closed.kind, Choice::Kind::go);
    EXPECT_FALSE(closed.bypassed);
}

TEST(Decide, a_draining_target_takes_nothing_new) {
    RoutingFixture f(only({deployment("b", "m"), deployment("c", "m")}));
    f.fleet.set_draining(deployment_id(f, "b/m"), true);
    const auto taken = send(f, 30, [](const std::string&) { return outcome(ErrorCode::ok, 1000); });
    EXPECT_EQ(taken.at("c/m"), 30);
    f.fleet.set_draining(deployment_id(f, "b/m"), false);
    const Plan plan = *f.plan_for("main");
    std::map<std::string, int> later;
    for (std::uint64_t draw = 0; draw < 100; ++draw) ++later[f.lane_name(f.decide(plan, {}, draw))];
    EXPECT_GT(later["b/m"], 0);
}

TEST(Decide, a_probe_waits_a_while_for_a_short_prompt_and_needs_an_attempt_to_fail_over_with) {
    Config config = small_config();
    config.models[0].deployments = {deployment("b", "m")};
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    const Plan plan = *f.plan_for("main");
    f.now = f.fleet.lane(f.lane("b/m")).health.open_until() + 1s;
    Decision d;
    f.fleet.explain({.plan = plan, .tried = {}, .need = {.prompt = 50'000}, .now = f.now, .draw = 1}, d);
    EXPECT_FALSE(d.place.probe);
    f.fleet.explain({.plan = plan, .tried = {}, .may_fail_over = false, .now = f.now, .draw = 1}, d);
    EXPECT_FALSE(d.place.probe);
    f.fleet.explain({.plan = plan, .tried = {}, .need = {.prompt = 50}, .now = f.now, .draw = 1}, d);
    EXPECT_TRUE(d.place.probe);
    f.fleet.explain({.plan = plan, .tried = {}, .need = {.prompt = 50'000}, .now = f.now + 1min, .draw = 1}, d);
    EXPECT_TRUE(d.place.probe);
}

TEST(Decide, the_ceiling_grows_by_a_quarter_each_period) {
    Config config = only({deployment("b", "m"), deployment("c", "m")});
    config.defaults.ramp.min_base = 8;
    RoutingFixture f(config);
    f.fleet.set_draining(deployment_id(f, "c/m"), true);
    const Plan plan = *f.plan_for("main");
    const auto id = deployment_id(f, "b/m");
    EXPECT_EQ(f.fleet.ceiling(f.fleet.deployment(id)), 10);
    for (int i = 0; i < 30; ++i) ASSERT_EQ(f.decide(plan).kind, Choice::Kind::go);  // nowhere else to go
    f.fleet.set_draining(deployment_id(f, "c/m"), false);
    EXPECT_EQ(f.lane_name(f.decide(plan)), "c/m") << "above its ceiling it yields";
    f.now += 5min;
    (void)f.decide(plan);
    EXPECT_LE(f.fleet.ceiling(f.fleet.deployment(id)), 10 * 5 / 4) << "what came above the ceiling does not raise it";
}

TEST(Decide, the_same_model_asked_for_pictures_and_for_text_breaks_apart) {
    Config config = small_config();
    config.models[2].deployments = {deployment("b", "m")};  // embeddings from the chat model's name
    RoutingFixture f(config);
    f.fail(f.lane("b/m"), ErrorCode::upstream_not_found, 2);
    PlanRequest embedding;
    embedding.shape = Shape::embedding;
    const Plan plan = *f.plan_for("vectors", embedding);
    const Decision d = f.decide(plan);
    EXPECT_EQ(f.lane_name(d), "b/m@embedding");
    EXPECT_FALSE(d.bypassed);
}

TEST(Decide, a_thousand_candidates_are_all_looked_at) {
    std::vector<DeploymentConfig> many;
    for (int i = 0; i < 1000; ++i) many.push_back(deployment("b", "m" + std::to_string(i)));
    RoutingFixture f(only(std::move(many)));
    const Decision d = f.decide(*f.plan_for("main"));
    EXPECT_EQ(d.trace.size(), 1000U);
}

}  // namespace
}  // namespace signalbox::core
