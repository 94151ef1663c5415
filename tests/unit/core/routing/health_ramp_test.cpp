// How traffic comes back: stages gated by successes, canaries, patience that grows, and when an outage is over.
#include <gtest/gtest.h>

#include "tests/unit/core/routing/health_clinic.h"

namespace signalbox::core {
namespace {

using test::Clinic;
constexpr std::uint64_t lucky = 0, unlucky = ~std::uint64_t{0};

Clinic ramping() {
    Clinic c;
    c.trip();
    c.probe(ErrorCode::ok);
    c.health.note_ramp_admission(c.now);  // the first canary is on its way
    return c;
}

TEST(HealthRamp, stages_are_passed_by_successes_until_full) {
    Clinic c = ramping();
    int successes = 0;
    for (; c.health.word(c.now) == HealthState::ramp; ++successes) {
        EXPECT_EQ(c.health.gate(c.now), Health::Gate::ramping);
        (void)c.note(ErrorCode::ok);
    }
    int needed = 0;
    for (const RampStage& stage : ramp_stages()) needed += stage.successes;
    EXPECT_EQ(successes, needed);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::open_to_all);
    EXPECT_EQ(c.health.ramp_stage(), Health::no_stage);
    EXPECT_EQ(c.health.word(c.now), HealthState::full);
    EXPECT_FALSE(c.health.in_outage());
    EXPECT_TRUE(c.health.evidence().empty());
}

TEST(HealthRamp, admits_its_share_and_so_many_at_a_time) {
    Clinic c = ramping();
    EXPECT_TRUE(c.health.ramp_admits(0, c.now, lucky));
    EXPECT_FALSE(c.health.ramp_admits(0, c.now, unlucky));
    EXPECT_FALSE(c.health.ramp_admits(1, c.now, lucky));
    c.climb_to(3);
    EXPECT_TRUE(c.health.ramp_admits(7, c.now, lucky));
    EXPECT_FALSE(c.health.ramp_admits(8, c.now, lucky));
}

TEST(HealthRamp, one_canary_a_minute_whatever_the_draw) {
    Clinic c = ramping();
    EXPECT_FALSE(c.health.canary_due(c.now + 59s));
    EXPECT_TRUE(c.health.canary_due(c.now + 60s));
    EXPECT_TRUE(c.health.ramp_admits(0, c.now + 60s, unlucky));
    EXPECT_FALSE(c.health.ramp_admits(1, c.now + 60s, unlucky));  // still one at a time
    c.health.note_ramp_admission(c.now + 60s);
    EXPECT_FALSE(c.health.ramp_admits(0, c.now + 60s, unlucky));
    EXPECT_FALSE(c.health.ramp_admits(0, c.now + 119s, unlucky));
}

TEST(HealthRamp, after_an_outage_patience_grows_with_the_stage) {
    for (int stage = 0; stage < Health::no_stage; ++stage) {
        Clinic c = ramping();
        c.climb_to(stage);
        c.note(ErrorCode::upstream_server_error, stage);
        EXPECT_EQ(c.health.state(), BreakerState::closed) << stage;
        (void)c.note(ErrorCode::upstream_server_error);
        EXPECT_EQ(c.health.state(), BreakerState::open) << stage;
        EXPECT_EQ(c.health.trips(), 2);
    }
}

TEST(HealthRamp, a_failure_starts_the_stage_again) {
    Clinic c = ramping();
    c.climb_to(2);
    c.note(ErrorCode::ok, ramp_stages()[2].successes - 1);
    (void)c.note(ErrorCode::upstream_server_error);
    c.note(ErrorCode::ok, ramp_stages()[2].successes - 1);
    EXPECT_EQ(c.health.ramp_stage(), 2);
    (void)c.note(ErrorCode::ok);
    EXPECT_EQ(c.health.ramp_stage(), 3);
}

TEST(HealthRamp, a_relapse_on_the_way_back_is_still_the_same_outage) {
    Clinic c;
    const Instant began = c.now;
    c.outage(40min);
    c.climb_to(1);
    c.note(ErrorCode::upstream_server_error, 2);
    EXPECT_EQ(c.health.outage_began(), began);
    EXPECT_GE(c.health.open_until() - c.now, 20min);  // half of it, not the least

    c.probe(ErrorCode::ok);
    c.climb_to(Health::no_stage);  // over: the next one begins young
    c.trip(ErrorCode::upstream_server_error);
    EXPECT_EQ(c.health.outage_began(), c.now);
    EXPECT_EQ(c.health.open_until() - c.now, c.config.open_min);
}

TEST(HealthRamp, a_newcomer_begins_at_the_first_stage_with_the_usual_patience) {
    Clinic c;
    c.health.begin_ramp(c.now);
    EXPECT_EQ(c.health.word(c.now), HealthState::ramp);
    EXPECT_TRUE(c.health.canary_due(c.now));
    c.note(ErrorCode::upstream_server_error, 4);
    EXPECT_EQ(c.health.state(), BreakerState::closed);
    (void)c.note(ErrorCode::upstream_server_error);
    EXPECT_EQ(c.health.state(), BreakerState::open);

    Clinic known;
    (void)known.note(ErrorCode::ok);
    known.health.begin_ramp(known.now);
    EXPECT_EQ(known.health.word(known.now), HealthState::full);
}

}  // namespace
}  // namespace signalbox::core
