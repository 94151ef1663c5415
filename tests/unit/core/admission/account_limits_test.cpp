#include "engine/core/admission/account_limits.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

#include "engine/core/config/config.h"

namespace signalbox::core {
namespace {

constexpr Instant start{1h};

AccountMeter meter_of(std::string tier) {
    AccountConfig account;
    account.tier = std::move(tier);
    return AccountMeter(limits_of(account));
}

TEST(AccountLimits, of_the_tiers) {
    AccountConfig account;
    const AccountLimits consumer = limits_of(account);
    EXPECT_EQ(consumer.requests, (RateLimit{1'200, 120}));
    EXPECT_EQ(consumer.input, (RateLimit{5'000'000, 1'000'000}));
    EXPECT_EQ(consumer.output, (RateLimit{500'000, 64'000}));
    account.tier = "service";
    const AccountLimits service = limits_of(account);
    EXPECT_EQ(service.requests, (RateLimit{12'000, 600}));
    EXPECT_EQ(service.input, (RateLimit{50'000'000, 5'000'000}));
    EXPECT_EQ(service.output, (RateLimit{5'000'000, 512'000}));
}

TEST(AccountLimits, own_figures_replace_the_tiers) {
    AccountConfig account;
    account.rpm = 60;  // less than a burst: never more than a minute's worth
    account.input_tpm = 10'000'000;
    account.output_tpm = 100'000;
    account.output_burst = 500'000;
    const AccountLimits limits = limits_of(account);
    EXPECT_EQ(limits.requests, (RateLimit{60, 60}));
    EXPECT_EQ(limits.input, (RateLimit{10'000'000, 2'000'000}));
    EXPECT_EQ(limits.output, (RateLimit{100'000, 500'000}));
}

TEST(AccountMeter, enters_all_buckets_or_none) {
    AccountMeter meter({.requests = {60, 10}, .input = {6'000, 1'000}, .output = {600, 100}});
    EXPECT_TRUE(meter.try_enter(100, 90, start).ok());
    const AccountEntry refused = meter.try_enter(100, 90, start);
    EXPECT_EQ(refused.short_of, AccountBucket::output_tokens);
    EXPECT_EQ(refused.retry_after, 8s);  // 80 more at 10 a second
    EXPECT_EQ(meter.requests_left(start).remaining, 9);
    EXPECT_EQ(meter.input_left(start).remaining, 900);
    EXPECT_EQ(meter.output_left(start).remaining, 10);
    EXPECT_TRUE(meter.try_enter(100, 90, start + 8s).ok());
}

TEST(AccountMeter, names_the_bucket_that_takes_longest) {
    AccountMeter meter({.requests = {60, 1}, .input = {6'000, 1'000}, .output = {}});
    EXPECT_TRUE(meter.try_enter(1'000, 0, start).ok());
    EXPECT_EQ(meter.try_enter(10, 0, start).short_of, AccountBucket::requests);
    EXPECT_EQ(meter.try_enter(500, 0, start).short_of, AccountBucket::input_tokens);
    EXPECT_EQ(meter.try_enter(500, 0, start).retry_after, 5s);
}

TEST(AccountMeter, without_limits_lets_everything_in_and_tells_none) {
    AccountMeter meter;
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(meter.try_enter(1'000'000, 1'000'000, start).ok());
    EXPECT_EQ(meter.output_left(start).limit.per_minute, 0);
    EXPECT_EQ(meter.output_left(start).remaining, 0);
}

TEST(AccountMeter, levels_tell_when_they_are_full_again) {
    AccountMeter meter({.requests = {60, 10}, .input = {}, .output = {}});
    EXPECT_EQ(meter.requests_left(start).reset, 0s);
    (void)meter.try_enter(0, 0, start);
    EXPECT_EQ(meter.requests_left(start).reset, 1s);
    EXPECT_EQ(meter.requests_left(start).remaining, 9);
}

TEST(AccountMeter, refunds_what_was_not_used) {
    AccountMeter meter = meter_of("consumer");
    AccountEntry entry = meter.try_enter(1'000, 4'000, start);
    meter.settle(entry.charge, {900, 600}, start);
    EXPECT_EQ(meter.output_left(start).remaining, 64'000 - 600);
    EXPECT_EQ(meter.input_left(start).remaining, 1'000'000 - 900);
    EXPECT_EQ(entry.charge.output, 0);
    meter.settle(entry.charge, {}, start);  // nothing is left to settle
    EXPECT_EQ(meter.output_left(start).remaining, 64'000 - 600);
}

TEST(AccountMeter, stays_ahead_of_the_stream_in_steps) {
    AccountMeter meter = meter_of("consumer");
    AccountEntry entry = meter.try_enter(0, 256, start);
    meter.top_up(entry.charge, 192, start);
    EXPECT_EQ(entry.charge.output, 256);
    meter.top_up(entry.charge, 193, start);
    EXPECT_EQ(entry.charge.output, 512);
    meter.top_up(entry.charge, 2'000, start);  // one large chunk
    EXPECT_EQ(entry.charge.output, 512 + 7 * 256);
    meter.settle(entry.charge, {0, 2'000}, start);
    EXPECT_EQ(meter.output_left(start).remaining, 64'000 - 2'000);
}

// What the incident's limiter could not: 16 answers of 600 tokens at a max_tokens of 32,768 all enter, and 16 truly
// long ones go into debt, which is then waited for.
TEST(AccountMeter, debt_is_paid_before_the_next_one_enters) {
    AccountMeter meter = meter_of("consumer");
    std::vector<AccountEntry> entries;
    for (int i = 0; i < 16; ++i) entries.push_back(meter.try_enter(100, 2'048, start));
    for (AccountEntry& entry : entries) {
        ASSERT_TRUE(entry.ok());
        for (int emitted = 0; emitted <= 32'768; emitted += 16) meter.top_up(entry.charge, emitted, start);
    }
    EXPECT_EQ(meter.output_left(start).remaining, -64'000);
    const AccountEntry refused = meter.try_enter(100, 2'048, start);
    EXPECT_EQ(refused.short_of, AccountBucket::output_tokens);
    EXPECT_NEAR(static_cast<double>(to_ms(refused.retry_after)), 66'048.0 / 500'000 * 60'000, 1);
    EXPECT_TRUE(meter.try_enter(100, 2'048, start + refused.retry_after).ok());
}

TEST(AccountMeter, a_request_larger_than_the_burst_enters_a_full_bucket) {
    AccountMeter meter = meter_of("consumer");
    AccountEntry entry = meter.try_enter(3'000'000, 100'000, start);
    EXPECT_TRUE(entry.ok());
    EXPECT_EQ(entry.charge.output, 64'000);
    EXPECT_FALSE(meter.try_enter(1, 1, start).ok());
}

TEST(AccountMeter, new_limits_keep_what_was_spent) {
    AccountMeter meter({.requests = {60, 10}, .input = {600, 100}, .output = {}});
    (void)meter.try_enter(60, 0, start);
    meter.set_limits({.requests = {60, 20}, .input = {600, 50}, .output = {600, 100}}, start);
    EXPECT_EQ(meter.requests_left(start).remaining, 19);
    EXPECT_EQ(meter.input_left(start).remaining, -10);
    EXPECT_EQ(meter.output_left(start).remaining, 100);
}

// Whatever enters, streams and ends in whatever order: once all is settled, the bucket holds its refill less the sum of
// what was really used, as if every token had been taken when it came.
TEST(AccountMeter, converges_on_the_actual_usage) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 30; ++round) {
        AccountMeter meter({.requests = {}, .input = {}, .output = {60'000, 1'000'000}});
        std::deque<AccountEntry> live;
        std::int64_t used = 0;
        Instant now = start;
        for (int step = 0; step < 400; ++step) {
            if (random() % 2 == 0) {
                live.push_back(meter.try_enter(0, static_cast<std::int64_t>(random() % 800), now));
                ASSERT_TRUE(live.back().ok());
            } else if (!live.empty()) {
                AccountEntry entry = live.front();
                live.pop_front();
                const auto actual = static_cast<std::int64_t>(random() % 1'500);
                for (std::int64_t emitted = 0; emitted <= actual; emitted += 100) {
                    meter.top_up(entry.charge, emitted, now);
                    ASSERT_GE(entry.charge.output, std::min<std::int64_t>(emitted, actual) + 64 - 100);
                }
                meter.settle(entry.charge, {0, actual}, now);
                used += actual;
            }
        }
        for (AccountEntry& entry : live) meter.settle(entry.charge, {}, now);
        EXPECT_EQ(meter.output_left(now).remaining, 1'000'000 - used);
        EXPECT_EQ(meter.output_left(now + 1s).remaining, 1'000'000 - used + 1'000);
    }
}

TEST(AccountCounters, cover_the_last_fifteen_minutes) {
    AccountMeter meter;
    meter.arrived(false, start);
    meter.arrived(true, start + 1min);
    meter.refused(true, start + 1min);
    meter.refused(false, start + 2min);
    (void)meter.finished({.client_retry = false, .upstream_calls = 3, .intent = 0}, start + 2min);
    AccountCounts counts = meter.counts(start + 15min);
    EXPECT_EQ(counts.requests, 2);
    EXPECT_EQ(counts.client_retries, 1);
    EXPECT_EQ(counts.refused, 2);
    EXPECT_EQ(counts.shed_while_idle, 1);
    EXPECT_EQ(counts.upstream_calls, 3);
    EXPECT_DOUBLE_EQ(counts.amplification(), 3);
    counts = meter.counts(start + 18min);
    EXPECT_EQ(counts.requests, 0);
    EXPECT_EQ(counts.upstream_calls, 0);
    EXPECT_EQ(meter.counts(start + 24h).refused, 0);
    meter.arrived(false, start + 24h);
    EXPECT_EQ(meter.counts(start + 24h).requests, 1);
}

TEST(AccountCounters, agree_with_a_list_of_all_events) {
    std::mt19937_64 random(12);
    AccountMeter meter;
    std::vector<Instant> seen;
    Instant now = start;
    for (int i = 0; i < 3'000; ++i) {
        now += std::chrono::milliseconds(random() % (random() % 100 == 0 ? 600'000 : 8'000));
        meter.arrived(false, now);
        seen.push_back(now);
        const auto within = [&](Nanos span) {
            return std::ranges::count_if(seen, [&](Instant at) { return at > now - span; });
        };
        ASSERT_GE(meter.counts(now).requests, within(15min));
        ASSERT_LE(meter.counts(now).requests, within(16min));
    }
}

TEST(DoubleRetries, are_seen_within_a_request_and_across_tries_of_one_intent) {
    AccountMeter meter;
    EXPECT_FALSE(meter.finished({.client_retry = false, .upstream_calls = 4, .intent = 77}, start));
    EXPECT_FALSE(meter.finished({.client_retry = true, .upstream_calls = 1, .intent = 78}, start)) << "another's";
    EXPECT_FALSE(meter.finished({.client_retry = true, .upstream_calls = 2, .hedges = 1, .intent = 78}, start));
    EXPECT_TRUE(meter.finished({.client_retry = true, .upstream_calls = 1, .intent = 77}, start + 5s));
    EXPECT_TRUE(meter.finished({.client_retry = true, .upstream_calls = 2, .intent = 0}, start));
    EXPECT_FALSE(meter.finished({.client_retry = true, .upstream_calls = 1, .intent = 0}, start)) << "unknown";
    EXPECT_FALSE(meter.finished({.client_retry = true, .upstream_calls = 0, .intent = 77}, start + 10min)) << "old";
    EXPECT_EQ(meter.counts(start).double_retries, 2);
}

}  // namespace
}  // namespace signalbox::core
