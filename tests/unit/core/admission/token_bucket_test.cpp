#include "engine/core/admission/token_bucket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace signalbox::core {
namespace {

constexpr Instant start{1h};

TEST(TokenBucket, starts_full_and_refills_at_its_pace) {
    TokenBucket bucket({60, 10});
    EXPECT_EQ(bucket.take(10, start), 10);
    EXPECT_EQ(bucket.available(start), 0);
    EXPECT_FALSE(bucket.fits(1, start + 999ms));
    EXPECT_TRUE(bucket.fits(1, start + 1s));
    EXPECT_EQ(bucket.available(start + 5s), 5);
    EXPECT_EQ(bucket.available(start + 1h), 10);
    EXPECT_DOUBLE_EQ(bucket.share_left(start + 5s), 0.5);
}

TEST(TokenBucket, without_a_limit_everything_fits) {
    TokenBucket bucket;
    EXPECT_FALSE(bucket.limited());
    EXPECT_EQ(bucket.take(1'000'000'000'000, start), 1'000'000'000'000);
    EXPECT_TRUE(bucket.fits(1'000'000'000'000, start));
    EXPECT_EQ(bucket.ready_at(5, start), start);
    EXPECT_EQ(bucket.share_left(start), 1);
}

TEST(TokenBucket, a_charge_larger_than_the_burst_waits_for_a_full_bucket) {
    TokenBucket bucket({60, 10});
    EXPECT_TRUE(bucket.fits(1'000, start));
    EXPECT_EQ(bucket.take(1'000, start), 10);
    EXPECT_FALSE(bucket.fits(1'000, start + 9s));
    EXPECT_TRUE(bucket.fits(1'000, bucket.ready_at(1'000, start)));
    EXPECT_EQ(bucket.ready_at(1'000, start), start + 10s);
}

TEST(TokenBucket, debt_ends_at_the_burst) {
    TokenBucket bucket({60, 10});
    EXPECT_EQ(bucket.take(8, start) + bucket.take(8, start), 16);
    EXPECT_EQ(bucket.available(start), -6);
    EXPECT_EQ(bucket.take(8, start), 4);  // the rest is more than it can owe
    EXPECT_EQ(bucket.available(start), -10);
    EXPECT_EQ(bucket.share_left(start), 0);
    EXPECT_EQ(bucket.ready_at(1, start), start + 11s);
}

TEST(TokenBucket, a_full_charge_is_owed_down_to_a_minutes_worth) {
    TokenBucket bucket({60, 10});
    EXPECT_EQ(bucket.charge(50, start), 50);
    EXPECT_EQ(bucket.available(start), -40);
    EXPECT_EQ(bucket.ready_at(1, start), start + 41s);
    EXPECT_EQ(bucket.charge(50, start), 20);
    EXPECT_EQ(bucket.charge(1, start), 0);
    EXPECT_EQ(bucket.take(1, start), 0);
    bucket.give(70);
    EXPECT_EQ(bucket.available(start), 10);
    EXPECT_EQ(TokenBucket().charge(5, start), 0);
    EXPECT_EQ(bucket.charge(-5, start), 0);
}

TEST(TokenBucket, gives_back_up_to_the_burst) {
    TokenBucket bucket({60, 10});
    (void)bucket.take(5, start);
    bucket.give(3);
    EXPECT_EQ(bucket.available(start), 8);
    bucket.give(300);
    EXPECT_EQ(bucket.available(start), 10);
}

TEST(TokenBucket, negative_amounts_and_times_of_the_past_change_nothing) {
    TokenBucket bucket({60, 10});
    EXPECT_EQ(bucket.take(-5, start), 0);
    (void)bucket.take(10, start);
    EXPECT_EQ(bucket.available(start - 1min), 0);
    EXPECT_EQ(bucket.take(1, start - 1min), 1);
    EXPECT_EQ(bucket.available(start), -1);
    EXPECT_EQ(bucket.ready_at(1, start - 1min), start + 2s);
}

TEST(TokenBucket, a_new_limit_keeps_what_was_spent) {
    TokenBucket bucket({60, 100});
    (void)bucket.take(70, start);
    bucket.set_limit({120, 200}, start);
    EXPECT_EQ(bucket.available(start), 130);
    bucket.set_limit({60, 20}, start);
    EXPECT_EQ(bucket.available(start), -20);
    bucket.set_limit({}, start);
    EXPECT_TRUE(bucket.fits(1'000, start));
    bucket.set_limit({60, 20}, start);
    EXPECT_EQ(bucket.available(start), 20);
}

// Against a bucket that is refilled token by token, at the instants they are due.
TEST(TokenBucket, agrees_with_a_bucket_refilled_by_hand) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 50; ++round) {
        const auto burst = static_cast<std::int64_t>(random() % 50 + 1);
        TokenBucket bucket({60'000, burst});  // one each millisecond
        std::int64_t level = burst, given = 0;
        Instant now = start;
        for (int step = 0; step < 300; ++step) {
            const auto wait = static_cast<std::int64_t>(random() % 12);
            now += std::chrono::milliseconds(wait);
            level = std::min(level + wait, burst);
            const auto n = static_cast<std::int64_t>(random() % 60);
            ASSERT_EQ(bucket.available(now), level);
            ASSERT_EQ(bucket.fits(n, now), std::min(n, burst) <= level);
            const Instant ready = bucket.ready_at(n, now);
            ASSERT_EQ(ready, now + std::chrono::milliseconds(std::max<std::int64_t>(std::min(n, burst) - level, 0)));
            if (random() % 3 == 0) {
                bucket.give(n);
                level = std::min(level + n, burst);
                continue;
            }
            const std::int64_t taken = std::min({n, burst, level + burst});
            ASSERT_EQ(bucket.take(n, now), taken);
            level -= taken;
            given += taken;
        }
        EXPECT_GT(given, 0);
    }
}

TEST(TokenBucket, fits_at_the_instant_it_names_and_not_a_moment_earlier) {
    std::mt19937_64 random(8);
    for (int round = 0; round < 2'000; ++round) {
        const auto burst = static_cast<std::int64_t>(random() % 5'000'000 + 1);
        TokenBucket bucket({static_cast<std::int64_t>(random() % 50'000'000 + 1), burst});
        (void)bucket.take(burst, start);
        const auto n = static_cast<std::int64_t>(random() % 5'000'000 + 1);
        const Instant ready = bucket.ready_at(n, start);
        ASSERT_TRUE(bucket.fits(n, ready));
        ASSERT_FALSE(bucket.fits(n, start + (ready - start) * 99 / 100));
    }
}

}  // namespace
}  // namespace signalbox::core
