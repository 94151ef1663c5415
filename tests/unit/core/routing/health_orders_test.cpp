// What others tell an open breaker: free checks, and an operator's orders.
#include <gtest/gtest.h>

#include "tests/unit/core/routing/health_clinic.h"

namespace signalbox::core {
namespace {

using test::Clinic;

struct Patient : Clinic {
    bool check(FreeCheck verdict) { return health.note_free_check(verdict, now, config); }
};

TEST(HealthChecks, alive_makes_the_probe_due_at_once) {
    Patient p;
    p.outage(1h, ErrorCode::upstream_not_found);
    p.trip();
    ASSERT_GT(p.health.open_until(), p.now);
    EXPECT_TRUE(p.check(FreeCheck::alive));
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::probe_only);
    EXPECT_EQ(p.health.last_check(), FreeCheck::alive);
    EXPECT_EQ(p.health.last_check_at(), p.now);
    EXPECT_NE(p.health.state(), BreakerState::closed);  // it never promotes
}

TEST(HealthChecks, dead_stretches_the_wait_but_a_probe_comes_all_the_same) {
    Patient p;
    const Instant began = p.now;
    p.trip();
    EXPECT_TRUE(p.check(FreeCheck::dead));
    EXPECT_EQ(p.health.open_until(), began + p.config.free_check);
    EXPECT_FALSE(p.check(FreeCheck::dead));  // saying it again changes nothing
    p.probe(ErrorCode::upstream_not_found);
    (void)p.check(FreeCheck::dead);
    EXPECT_EQ(p.health.open_until() - p.now, 3min);
    int probes = 0;
    for (; p.now < began + 24h; ++probes) {
        p.probe(ErrorCode::upstream_not_found);
        (void)p.check(FreeCheck::dead);
        EXPECT_LE(p.health.open_until() - p.now, 3h);
    }
    EXPECT_LE(probes, 12);
    EXPECT_GE(probes, 8);
}

TEST(HealthChecks, a_check_that_cannot_tell_any_more_gives_the_schedule_back) {
    Patient p;
    p.trip();
    const Instant scheduled = p.health.open_until();
    (void)p.check(FreeCheck::dead);
    EXPECT_TRUE(p.check(FreeCheck::cannot_tell));
    EXPECT_EQ(p.health.open_until(), scheduled);
}

TEST(HealthChecks, have_no_say_where_only_a_real_answer_can_tell) {
    Patient p;
    p.trip(ErrorCode::upstream_server_error);
    const Instant scheduled = p.health.open_until();
    EXPECT_FALSE(p.check(FreeCheck::alive));
    EXPECT_FALSE(p.check(FreeCheck::dead));
    EXPECT_EQ(p.health.open_until(), scheduled);
    EXPECT_EQ(p.health.last_check(), FreeCheck::dead);
}

TEST(HealthChecks, alive_again_and_again_makes_no_storm_of_probes) {
    Patient p;
    p.trip();
    EXPECT_TRUE(p.check(FreeCheck::alive));
    p.probe(ErrorCode::upstream_not_found);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(p.check(FreeCheck::alive));
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::closed);
}

TEST(HealthChecks, that_mislead_lose_their_say_until_the_outage_is_over) {
    Patient p;
    p.trip();
    int misled = 0;
    for (int i = 0; i < 100; ++i) {
        p.now += 1s;
        (void)p.check(FreeCheck::dead);
        if (!p.check(FreeCheck::alive)) continue;
        p.probe(ErrorCode::upstream_not_found);
        ++misled;
    }
    EXPECT_EQ(misled, 3);
    p.probe(ErrorCode::ok);
    p.climb_to(Health::no_stage);
    p.trip();
    EXPECT_TRUE(p.check(FreeCheck::alive));
}

TEST(HealthChecks, contradicted_by_a_real_answer_have_no_say_in_the_next_outage) {
    Patient p;
    p.trip();
    (void)p.check(FreeCheck::dead);
    p.probe(ErrorCode::ok);
    p.climb_to(Health::no_stage);

    p.trip();
    EXPECT_FALSE(p.check(FreeCheck::dead));
    EXPECT_FALSE(p.check(FreeCheck::alive));
    p.probe(ErrorCode::ok);  // this time nothing contradicts
    p.climb_to(Health::no_stage);

    p.trip();
    EXPECT_TRUE(p.check(FreeCheck::dead));
}

TEST(HealthOrders, held_open_nothing_goes_there_and_afterwards_it_is_as_before) {
    Clinic c;
    (void)c.note(ErrorCode::ok);
    c.health.hold(HoldKind::open, c.now + 1h);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::closed);
    EXPECT_EQ(c.health.word(c.now), HealthState::open);
    EXPECT_EQ(c.health.held(c.now), HoldKind::open);
    c.now += 1h;
    EXPECT_EQ(c.health.held(c.now), HoldKind::none);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::open_to_all);
}

TEST(HealthOrders, held_closed_it_never_opens_but_remembers) {
    Clinic c;
    c.health.hold(HoldKind::closed, c.now + 1h);
    c.note(ErrorCode::upstream_not_found, 10);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::open_to_all);
    EXPECT_EQ(c.health.trips(), 0);
    EXPECT_EQ(c.health.samples(), 10);
    EXPECT_EQ(c.health.wasted(), 10);
    c.health.hold(HoldKind::none, {});
    (void)c.note(ErrorCode::upstream_not_found);
    EXPECT_EQ(c.health.state(), BreakerState::open);
}

TEST(HealthOrders, an_open_breaker_held_closed_is_probed_as_soon_as_the_hold_ends_if_it_worked) {
    Clinic c;
    c.trip();
    c.now += 1s;
    c.health.hold(HoldKind::closed, c.now + 1s);
    EXPECT_FALSE(c.note(ErrorCode::ok, false, c.now));
    EXPECT_EQ(c.health.state(), BreakerState::open);
    EXPECT_EQ(c.health.gate(c.now + 1s), Health::Gate::probe_only);
}

TEST(HealthOrders, a_probe_that_ends_while_held_gives_its_claim_back) {
    for (const ErrorCode code : {ErrorCode::ok, ErrorCode::upstream_not_found}) {
        Clinic c;
        c.trip();
        c.now = c.health.open_until();
        c.health.claim_probe(c.now, c.now + 60s);
        c.health.hold(HoldKind::open, c.now + 1s);
        EXPECT_FALSE(c.note(code, true));
        EXPECT_EQ(c.health.gate(c.now), Health::Gate::closed);
        EXPECT_EQ(c.health.gate(c.now + 1s), Health::Gate::probe_only);
    }
}

TEST(HealthOrders, while_held_nobody_climbs_the_ramp) {
    Clinic c;
    c.health.begin_ramp(c.now);
    c.health.hold(HoldKind::closed, c.now + 1h);
    c.note(ErrorCode::ok, 50);
    c.health.hold(HoldKind::none, {});
    EXPECT_EQ(c.health.ramp_stage(), 0);
}

TEST(HealthOrders, reset_forgets_all_but_the_trips_and_the_hold) {
    Clinic c;
    c.outage(1h);
    c.climb_to(2);
    c.health.hold(HoldKind::open, c.now + 1h);
    c.health.reset(c.now);
    EXPECT_EQ(c.health.held(c.now), HoldKind::open);
    c.health.hold(HoldKind::none, {});
    EXPECT_EQ(c.health.word(c.now), HealthState::fresh);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::open_to_all);
    EXPECT_EQ(c.health.samples(), 0);
    EXPECT_EQ(c.health.penalty(c.now), 0);
    EXPECT_EQ(c.health.trips(), 1);
    EXPECT_FALSE(c.health.in_outage());
    EXPECT_EQ(c.health.since(), c.now);
}

TEST(HealthOrders, an_asked_probe_is_due_now_whatever_a_check_says) {
    Patient p;
    p.trip();
    p.health.ask_probe(p.now);
    EXPECT_FALSE(p.check(FreeCheck::dead));
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::probe_only);

    Clinic healthy;
    healthy.health.ask_probe(healthy.now);
    EXPECT_EQ(healthy.health.gate(healthy.now), Health::Gate::open_to_all);
}

TEST(HealthOrders, a_probe_that_was_given_up_can_be_asked_for_one_under_way_cannot) {
    Patient p;
    p.trip();
    p.now = p.health.open_until();
    p.health.claim_probe(p.now, p.now + 60s);
    p.health.ask_probe(p.now);
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::closed) << "one at a time";
    p.now += 60s;  // its lease has expired
    p.health.ask_probe(p.now);
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::probe_only);
    EXPECT_EQ(p.health.open_until(), p.now);
    p.probe(ErrorCode::upstream_rate_limited);  // busy: not at once again, but if somebody asks
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::closed);
    p.health.ask_probe(p.now);
    EXPECT_EQ(p.health.gate(p.now), Health::Gate::probe_only);
}

}  // namespace
}  // namespace signalbox::core
