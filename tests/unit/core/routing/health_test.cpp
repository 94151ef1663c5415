#include "engine/core/routing/health.h"

#include <gtest/gtest.h>

#include "tests/unit/core/routing/health_clinic.h"

namespace signalbox::core {
namespace {

using test::Clinic;

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

TEST(Health, gone_for_good_counts_twice) {
    Clinic c;
    EXPECT_TRUE(c.health.note({ErrorCode::upstream_not_found, 410, {}, false}, c.now, c.config, test::mid_draw));
    EXPECT_EQ(c.health.state(), BreakerState::open);
}

TEST(Health, a_lane_that_fails_now_and_then_anyway_needs_a_longer_run) {
    Clinic usual;
    for (int i = 0; i < 1000; ++i) (void)usual.note(i % 20 == 0 ? ErrorCode::upstream_server_error : ErrorCode::ok);
    usual.note(ErrorCode::upstream_server_error, 6);
    EXPECT_EQ(usual.health.state(), BreakerState::closed);
    EXPECT_EQ(usual.health.word(usual.now), HealthState::suspect);
    usual.note(ErrorCode::upstream_server_error, 2);
    EXPECT_EQ(usual.health.state(), BreakerState::open);

    Clinic never_fails;
    never_fails.note(ErrorCode::ok, 1000);
    never_fails.note(ErrorCode::upstream_server_error, 5);
    EXPECT_EQ(never_fails.health.state(), BreakerState::open);
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
    EXPECT_EQ(c.health.samples(), 0);                    // the outage is forgotten
    EXPECT_EQ(c.health.word(c.now), HealthState::ramp);  // but nobody comes back at once
}

TEST(Health, a_probe_that_says_nothing_gives_its_claim_back) {
    Clinic c;
    c.note(ErrorCode::upstream_server_error, 5);
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    (void)c.note(ErrorCode::client_gone, true);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::probe_only);
}

TEST(Health, a_busy_answer_gives_the_claim_back_after_a_pause) {
    Clinic c;
    c.trip();
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    (void)c.note(ErrorCode::upstream_overloaded, true);
    EXPECT_EQ(c.health.gate(c.now), Health::Gate::closed);  // or every request in turn would be the probe
    EXPECT_EQ(c.health.gate(c.now + c.config.open_min), Health::Gate::probe_only);
}

TEST(Health, the_longest_open_time_is_a_promise_whatever_the_jitter) {
    Clinic c;
    c.trip();
    c.now += 24h;
    c.health.claim_probe(c.now, c.now + 60s);
    (void)c.health.note({ErrorCode::upstream_not_found, 404, {}, true}, c.now, c.config, ~std::uint64_t{0});
    EXPECT_EQ(c.health.open_until(), c.now + c.config.open_max);
}

TEST(Health, what_was_sent_earlier_tells_nothing_new) {
    Clinic c;
    const Instant before = c.now - 30s;
    c.trip();
    EXPECT_FALSE(c.note(ErrorCode::ok, false, before));  // a good answer that began before the outage
    EXPECT_EQ(c.health.state(), BreakerState::open);
    c.probe(ErrorCode::ok);
    (void)c.note(ErrorCode::header_timeout, false, before);  // and a bad one that ends after it
    EXPECT_EQ(c.health.state(), BreakerState::closed);
    EXPECT_EQ(c.health.samples(), 0);
}

TEST(Health, a_success_sent_while_open_closes_it_like_a_probe) {
    Clinic c;
    c.trip();
    c.now += 1s;
    EXPECT_TRUE(c.note(ErrorCode::ok, false, c.now));  // let through because nothing else was left
    EXPECT_EQ(c.health.word(c.now), HealthState::ramp);
}

TEST(Health, a_lost_probe_expires) {
    Clinic c;
    c.note(ErrorCode::upstream_server_error, 5);
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    EXPECT_EQ(c.health.gate(c.now + 59s), Health::Gate::closed);
    EXPECT_EQ(c.health.gate(c.now + 60s), Health::Gate::probe_only);
}

TEST(Health, has_a_word_for_every_state) {
    Clinic c;
    EXPECT_EQ(c.health.word(c.now), HealthState::fresh);
    (void)c.note(ErrorCode::ok);
    EXPECT_EQ(c.health.word(c.now), HealthState::full);
    EXPECT_TRUE(c.health.insufficient_evidence());
    c.note(ErrorCode::ok, Health::enough_samples);
    EXPECT_FALSE(c.health.insufficient_evidence());
    (void)c.note(ErrorCode::upstream_not_found);
    EXPECT_EQ(c.health.word(c.now), HealthState::suspect);
    (void)c.note(ErrorCode::upstream_not_found);
    EXPECT_EQ(c.health.word(c.now), HealthState::open);
    EXPECT_FALSE(c.health.insufficient_evidence());
    c.now = c.health.open_until();
    c.health.claim_probe(c.now, c.now + 60s);
    EXPECT_EQ(c.health.word(c.now), HealthState::half_open);
    EXPECT_EQ(to_string(HealthState::fresh), "new");
}

TEST(Health, counts_what_an_outage_wastes) {
    Clinic c;
    c.note(ErrorCode::ok, 3);
    const Instant began = c.now += 10s;
    c.trip();
    c.probe(ErrorCode::upstream_not_found);
    EXPECT_EQ(c.health.wasted(), 3);
    EXPECT_EQ(c.health.outage_began(), began);
    EXPECT_TRUE(c.health.in_outage());
}

TEST(Health, failures_repel_at_once_and_are_forgiven_by_time_and_by_success) {
    Clinic c;
    c.note(ErrorCode::ok, 20);
    EXPECT_EQ(c.health.penalty(c.now), 0);
    (void)c.note(ErrorCode::upstream_server_error);
    EXPECT_DOUBLE_EQ(c.health.penalty(c.now), 0.5);
    EXPECT_NEAR(c.health.penalty(c.now + 30s), 0.25, 1e-6);
    EXPECT_LT(c.health.penalty(c.now + 10min), 1e-3);
    (void)c.note(ErrorCode::upstream_server_error);
    EXPECT_GT(c.health.penalty(c.now), 0.7);
    EXPECT_GE(c.health.penalty(c.now + 24h), 0.25);  // two of the last three: time alone does not forgive
    c.note(ErrorCode::ok, 3);
    EXPECT_LT(c.health.penalty(c.now + 10min), 1e-3);
}

TEST(OutcomeWindow, keeps_the_last_and_drops_the_old_while_there_are_newer) {
    OutcomeWindow w;
    Instant now{1h};
    for (int i = 0; i < 100; ++i) w.push(i % 2 == 0, now, 20);
    EXPECT_EQ(w.size(), 20);
    EXPECT_EQ(w.failures(), 10);
    EXPECT_EQ(w.failures_of_last(3), 1);  // good, bad, good
    now += 31min;
    w.push(true, now, 20);
    EXPECT_EQ(w.size(), OutcomeWindow::kept_when_stale + 1);
    for (int i = 0; i < 9; ++i) w.push(true, now, 20);
    EXPECT_EQ(w.size(), OutcomeWindow::kept_when_stale + 1);
    for (int i = 0; i < 100; ++i) w.push(true, now, OutcomeWindow::length_max);
    EXPECT_EQ(w.size(), OutcomeWindow::length_max);
    EXPECT_EQ(w.failures(), OutcomeWindow::length_max);
    w.push(false, now, 1);
    EXPECT_EQ(w.size(), 1);
    EXPECT_EQ(w.failures(), 0);
    w.clear();
    EXPECT_EQ(w.failures_of_last(3), 0);
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
