#include "engine/core/admission/wait_queue.h"

#include <gtest/gtest.h>

namespace signalbox::core {
namespace {

TEST(WaitQueues, first_come_first_served_per_model) {
    WaitQueues queues;
    const auto first = *queues.join("m", 2);
    const auto second = *queues.join("m", 2);
    const auto other = *queues.join("n", 2);
    EXPECT_TRUE(queues.is_head("m", first));
    EXPECT_FALSE(queues.is_head("m", second));
    EXPECT_TRUE(queues.is_head("n", other));
    queues.leave("m", first);
    EXPECT_TRUE(queues.is_head("m", second));
    EXPECT_EQ(queues.waiting(), 2u);
}

TEST(WaitQueues, full_is_an_error_and_keeps_nothing) {
    WaitQueues queues;
    (void)*queues.join("m", 1);
    const auto refused = queues.join("m", 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::queue_full);
    EXPECT_EQ(queues.waiting("m"), 1u);
    EXPECT_EQ(queues.join("n", 0).error().code, ErrorCode::queue_full);
}

TEST(WaitQueues, leaving_twice_or_from_nowhere_changes_nothing) {
    WaitQueues queues;
    const auto ticket = *queues.join("m", 1);
    queues.leave("other", ticket);
    queues.leave("m", ticket + 1);
    EXPECT_EQ(queues.waiting(), 1u);
    queues.leave("m", ticket);
    queues.leave("m", ticket);
    EXPECT_EQ(queues.waiting(), 0u);
    std::vector<WaitQueues::Ticket> heads;
    queues.heads(heads);
    EXPECT_TRUE(heads.empty());
}

}  // namespace
}  // namespace signalbox::core
