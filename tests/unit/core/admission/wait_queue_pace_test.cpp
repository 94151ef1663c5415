#include <gtest/gtest.h>

#include <vector>

#include "engine/core/admission/wait_queue.h"

namespace signalbox::core {
namespace {

constexpr Instant start{1h};

void wait(WaitQueues& queues, int n, Instant now, Priority priority = Priority::normal) {
    for (int i = 0; i < n; ++i) {
        const Waiter waiter{.account = 1, .priority = priority, .now = now, .deadline = never};
        ASSERT_TRUE(queues.join("m", 1'000, waiter));
    }
}

// Gives `places` places, one each `interval`; returns the time of the last.
Instant give(WaitQueues& queues, int places, Nanos interval, Instant now) {
    std::vector<WaitQueues::Ticket> heads;
    for (int i = 0; i < places; ++i) {
        heads.clear();
        queues.heads(heads);
        now += interval;
        queues.served("m", heads.front(), now);
    }
    return now;
}

Result<WaitQueues::Ticket> join_until(WaitQueues& queues, Nanos patience, Instant now,
                                      Priority priority = Priority::normal, std::uint64_t account = 2) {
    return queues.join("m", 1'000, {.account = account, .priority = priority, .now = now, .deadline = now + patience});
}

TEST(WaitQueuePace, without_evidence_everybody_may_wait) {
    WaitQueues queues;
    EXPECT_EQ(queues.retry_after("m", start), 1s);
    wait(queues, 100, start);
    EXPECT_EQ(queues.retry_after("m", start), 1s);
    const Instant now = give(queues, 3, 30s, start);
    EXPECT_TRUE(join_until(queues, 1s, now));
}

TEST(WaitQueuePace, tells_when_a_newcomer_could_have_a_place) {
    WaitQueues queues;
    wait(queues, 14, start);
    const Instant now = give(queues, 5, 2s, start);
    EXPECT_EQ(queues.retry_after("m", now), 20s);  // nine are waiting
    EXPECT_EQ(queues.retry_after("other", now), 1s);
    wait(queues, 100, now);
    EXPECT_EQ(queues.retry_after("m", now), 60s);
}

TEST(WaitQueuePace, is_never_told_below_a_second) {
    WaitQueues queues;
    wait(queues, 20, start);
    const Instant now = give(queues, 10, 10ms, start);
    EXPECT_EQ(queues.retry_after("m", now), 1s);
}

TEST(WaitQueuePace, grows_while_no_place_comes) {
    WaitQueues queues;
    wait(queues, 14, start);
    const Instant now = give(queues, 5, 1s, start);
    EXPECT_EQ(queues.retry_after("m", now), 10s);
    EXPECT_GT(queues.retry_after("m", now + 17s), 19s);
}

TEST(WaitQueuePace, who_cannot_have_a_place_in_time_is_told_at_once) {
    WaitQueues queues;
    wait(queues, 14, start);
    const Instant now = give(queues, 5, 2s, start);  // nine are waiting, the turn comes in 20 s
    EXPECT_EQ(join_until(queues, 9s, now, Priority::normal, 1).error().code, ErrorCode::queue_timeout);
    EXPECT_EQ(queues.waiting(), 9u);
    EXPECT_TRUE(join_until(queues, 11s, now, Priority::normal, 1)) << "it may go twice as fast";
}

TEST(WaitQueuePace, turns_decide_and_not_the_length_of_the_queue) {
    WaitQueues queues;
    wait(queues, 105, start);
    const Instant now = give(queues, 5, 2s, start);
    EXPECT_TRUE(join_until(queues, 3s, now)) << "the other account's second comes after it";
    EXPECT_TRUE(join_until(queues, 2s, now, Priority::high)) << "nobody goes before it";
    EXPECT_EQ(join_until(queues, 15s, now, Priority::low).error().code, ErrorCode::queue_timeout);
    EXPECT_TRUE(join_until(queues, 17s, now, Priority::low)) << "every 16th place is its";
}

TEST(WaitQueuePace, idle_time_is_no_evidence) {
    WaitQueues queues;
    wait(queues, 5, start);
    Instant now = give(queues, 5, 1s, start) + 60s;  // nobody waits for a minute
    wait(queues, 9, now);
    EXPECT_EQ(queues.retry_after("m", now), 10s);
    now = give(queues, 9, 1s, now) + 6min;  // an old measurement is forgotten
    wait(queues, 9, now);
    EXPECT_EQ(queues.retry_after("m", now), 1s);
}

TEST(WaitQueuePace, leaving_is_no_place_given) {
    WaitQueues queues;
    wait(queues, 14, start);
    const Instant now = give(queues, 5, 2s, start);
    std::vector<WaitQueues::Ticket> heads;
    queues.heads(heads);
    queues.leave("m", heads.front());
    EXPECT_EQ(queues.retry_after("m", now), 18s);
}

// Eight places at once each 8 s are one a second: neither a burst nor the gap behind it is taken for the pace.
TEST(WaitQueuePace, places_that_come_in_batches_are_averaged) {
    WaitQueues queues;
    wait(queues, 170, start);
    Instant now = start;
    for (int batch = 0; batch < 20; ++batch) {
        now = give(queues, 1, 8s, now);
        now = give(queues, 7, 0s, now);
    }
    EXPECT_NEAR(static_cast<double>(to_ms(queues.retry_after("m", now))), 11'000, 4'000);
    EXPECT_NEAR(static_cast<double>(to_ms(queues.retry_after("m", now + 7s))), 11'000, 6'000);
}

}  // namespace
}  // namespace signalbox::core
