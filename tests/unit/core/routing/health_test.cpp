#include "engine/core/routing/health.h"

#include <gtest/gtest.h>

namespace signalbox::core {
namespace {

constexpr std::uint64_t mid_draw = std::uint64_t{1} << 63;  // no jitter: exactly the middle

struct Clinic {
    Health health;
    HealthConfig config;
    Instant now{1h};

    bool note(ErrorCode code, bool probe = false) {
        return health.note({code, 0, "01ABCDEFGHJKMNPQRSTVWXYZ00", probe}, now, config, mid_draw);
    }
    void note(ErrorCode code, int times) {
        for (int i = 0; i < times; ++i) (void)note(code);
    }
};

TEST(Health, two_structural_strikes_open_it) {
    Clinic c;
    EXPECT_FALSE(c.note(ErrorCode::upstream_not_found));
    EXPECT_EQ(c.health.state(), BreakerState::closed);
    EXPECT_TRUE(c.note(ErrorCode::upstream_not_found));
    EXPECT_EQ(c.health.state(), BreakerState::open);
    EXPECT_EQ(c.health.cause(), ErrorCode::upstream_not_found);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::closed);
    ASSERT_EQ(c.health.evidence().size(), 2u);
    EXPECT_STREQ(c.health.evidence()[0].request_id.data(), "01ABCDEFGHJKMNPQRSTVWXYZ00");
}

TEST(Health, five_consecutive_faults_open_it_and_a_success_starts_the_count_again) {
    Clinic c;
    c.note(ErrorCode::upstream_server_error, 4);
    (void)c.note(ErrorCode::ok);
    c.note(ErrorCode::upstream_server_error, 4);
    EXPECT_EQ(c.health.consecutive(), 4);
    // 8 failures of 9 are too many by rate, whatever the order.
    EXPECT_EQ(c.health.state(), BreakerState::open);

    Clinic fresh;
    fresh.note(ErrorCode::upstream_reset, 5);
    EXPECT_EQ(fresh.health.state(), BreakerState::open);
}

TEST(Health, busy_and_clients_own_errors_never_touch_it) {
    Clinic c;
    c.note(ErrorCode::upstream_rate_limited, 100);
    c.note(ErrorCode::upstream_bad_request, 100);
    c.note(ErrorCode::client_gone, 100);
    EXPECT_EQ(c.health.state(), BreakerState::closed);
    EXPECT_EQ(c.health.samples(), 0);
    EXPECT_FALSE(c.health.failure_rate().has_value());
}

TEST(Health, a_few_failures_among_many_successes_do_not_open_it) {
    Clinic c;
    for (int i = 0; i < 1000; ++i) (void)c.note(i % 20 == 0 ? ErrorCode::upstream_server_error : ErrorCode::ok);
    EXPECT_EQ(c.health.trips(), 0);
}

TEST(Health, stays_open_for_half_of_the_outage_within_bounds) {
    Clinic c;
    c.note(ErrorCode::upstream_not_found, 2);
    EXPECT_EQ(c.health.open_until() - c.now, 5s);  // a young outage: the least
    for (int round = 0; round < 20; ++round) {
        c.now = c.health.open_until();
        ASSERT_EQ(c.health.gate(c.now), Health::Gate::probe_only);
        c.health.claim_probe(c.now, c.now + 60s);
        (void)c.note(ErrorCode::upstream_not_found, true);
        const Nanos age = c.now - Instant{1h};
        const Nanos expected = std::clamp<Nanos>(age / 2, 5s, 30min);
        EXPECT_NEAR(static_cast<double>((c.health.open_until() - c.now).count()), static_cast<double>(expected.count()),
                    1e6);
    }
    EXPECT_EQ(c.health.since(), Instant{1h});  // one outage, however often it was probed
    EXPECT_EQ(c.health.trips(), 1);
}

TEST(Health, one_probe_at_a_time_and_its_success_closes) {
    Clinic c;
    c.note(ErrorCode::upstream_server_error, 5);
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    EXPECT_EQ(c.health.state(), BreakerState::half_open);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::closed);
    EXPECT_FALSE(c.note(ErrorCode::ok));  // an old answer that arrives late is not the probe
    EXPECT_EQ(c.health.state(), BreakerState::half_open);
    EXPECT_TRUE(c.note(ErrorCode::ok, true));
    EXPECT_EQ(c.health.state(), BreakerState::closed);
    EXPECT_EQ(c.health.samples(), 0);  // the outage is forgotten
}

TEST(Health, a_probe_that_says_nothing_gives_its_claim_back) {
    Clinic c;
    c.note(ErrorCode::upstream_server_error, 5);
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    (void)c.note(ErrorCode::client_gone, true);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::probe_only);
}

TEST(Health, a_lost_probe_expires) {
    Clinic c;
    c.note(ErrorCode::upstream_server_error, 5);
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    EXPECT_EQ(c.health.gate(c.now + 59s), Health::Gate::closed);
    EXPECT_EQ(c.health.gate(c.now + 60s), Health::Gate::probe_only);
}

TEST(Health, wilson_bound) {
    EXPECT_DOUBLE_EQ(wilson_lower_bound(0, 0), 0);
    EXPECT_DOUBLE_EQ(wilson_lower_bound(0, 20), 0);
    EXPECT_LT(wilson_lower_bound(9, 20), 0.25);
    EXPECT_GT(wilson_lower_bound(10, 20), 0.25);
    EXPECT_GT(wilson_lower_bound(10, 10), 0.6);
}

}  // namespace
}  // namespace signalbox::core
