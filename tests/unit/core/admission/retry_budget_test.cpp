#include "engine/core/admission/retry_budget.h"

#include <gtest/gtest.h>

namespace signalbox::core {
namespace {

TEST(RetryBudget, an_outage_ends_retrying_after_256_of_them) {
    RetryBudget budget;
    int retries = 0;
    while (budget.take(RetryKind::transient)) ++retries;
    EXPECT_EQ(retries, 256);
    EXPECT_FALSE(budget.may_retry(RetryKind::capacity));
}

TEST(RetryBudget, a_retry_that_helped_costs_nothing) {
    RetryBudget budget;
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_TRUE(budget.take(RetryKind::transient));
        budget.succeeded(RetryKind::transient, Instant(1s));
    }
    EXPECT_GE(budget.left(), RetryBudget::capacity_min);
}

TEST(RetryBudget, successes_refill_one_by_one_and_never_above_the_capacity) {
    RetryBudget budget;
    while (budget.take(RetryKind::transient)) {
    }
    while (budget.take(RetryKind::capacity)) {
    }
    EXPECT_EQ(budget.left(), 0);
    for (int i = 0; i < 13; ++i) budget.succeeded(RetryKind::none, Instant(1s));
    EXPECT_FALSE(budget.may_retry(RetryKind::transient));
    budget.succeeded(RetryKind::none, Instant(1s));
    EXPECT_TRUE(budget.may_retry(RetryKind::transient));
    Instant now{1s};
    for (int i = 0; i < 10'000; ++i) budget.succeeded(RetryKind::none, now += 1s);
    EXPECT_EQ(budget.left(), RetryBudget::capacity_min);
}

TEST(RetryBudget, clients_that_ask_again_leave_less_for_us_but_are_never_counted_below_nothing) {
    RetryBudget budget;
    for (int i = 0; i < 300; ++i) budget.client_retried();
    EXPECT_EQ(budget.left(), 0);
    EXPECT_FALSE(budget.take(RetryKind::capacity));
    budget.succeeded(RetryKind::transient, Instant(1s));
    EXPECT_EQ(budget.left(), 14);
}

TEST(RetryBudget, grows_with_the_traffic_it_serves_and_shrinks_with_it) {
    RetryBudget budget;
    Instant now{1s};
    for (int i = 0; i < 60 * 400; ++i) budget.succeeded(RetryKind::none, now += 2500us);
    EXPECT_GT(budget.left() / RetryBudget::cost(RetryKind::transient), 1'000) << "all that one minute earned";
    EXPECT_GT(budget.capacity() / RetryBudget::cost(RetryKind::transient), 5'900);
    now += 1h;
    budget.succeeded(RetryKind::none, now);
    EXPECT_EQ(budget.left(), RetryBudget::capacity_min);
}

// One request in p fails for good; clients repeat it twice, we would repeat every try three times: 9 calls without a
// budget. With it the calls beyond the clients' own tend to what successes pay for.
TEST(RetryBudget, bounds_the_calls_per_request_while_much_fails) {
    RetryBudget budget;
    int requests = 0, calls = 0;
    for (int intent = 0; intent < 20'000; ++intent) {
        const bool fails = intent % 2 == 0;
        for (int attempt = 0; attempt < (fails ? 3 : 1); ++attempt) {
            ++requests;
            ++calls;
            if (attempt > 0) budget.client_retried();
            if (!fails) budget.succeeded(RetryKind::none, Instant(1s));
            for (int retry = 0; fails && retry < 3 && budget.take(RetryKind::transient); ++retry) ++calls;
        }
    }
    EXPECT_LE(static_cast<double>(calls) / requests, 1.02);
}

}  // namespace
}  // namespace signalbox::core
