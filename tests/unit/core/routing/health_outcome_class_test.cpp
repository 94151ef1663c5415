#include <gtest/gtest.h>

#include "engine/core/routing/health.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::core {
namespace {

TEST(OutcomeClass, tells_broken_from_busy_and_from_nobodys_fault) {
    EXPECT_EQ(classify(ErrorCode::ok), OutcomeClass::success);
    EXPECT_EQ(classify(ErrorCode::upstream_not_found), OutcomeClass::structural);
    EXPECT_EQ(classify(ErrorCode::upstream_unauthorized), OutcomeClass::structural);
    EXPECT_EQ(classify(ErrorCode::tls_failed), OutcomeClass::structural);
    EXPECT_EQ(classify(ErrorCode::upstream_server_error), OutcomeClass::fault);
    EXPECT_EQ(classify(ErrorCode::upstream_malformed), OutcomeClass::fault);
    EXPECT_EQ(classify(ErrorCode::upstream_empty), OutcomeClass::fault);
    EXPECT_EQ(classify(ErrorCode::header_timeout), OutcomeClass::fault);
    EXPECT_EQ(classify(ErrorCode::stream_cut), OutcomeClass::fault);
    EXPECT_EQ(classify(ErrorCode::upstream_rate_limited), OutcomeClass::capacity);
    EXPECT_EQ(classify(ErrorCode::upstream_overloaded), OutcomeClass::capacity);
    EXPECT_EQ(classify(ErrorCode::upstream_bad_request), OutcomeClass::client);
    EXPECT_EQ(classify(ErrorCode::upstream_context_too_long), OutcomeClass::client);
    EXPECT_EQ(classify(ErrorCode::client_gone), OutcomeClass::client);
    EXPECT_EQ(classify(ErrorCode::deadline_exceeded), OutcomeClass::client);
}

TEST(OutcomeClass, only_what_can_be_better_elsewhere_goes_elsewhere) {
    for (int i = 0; i < error_code_count; ++i) {
        const auto code = static_cast<ErrorCode>(i);
        const OutcomeClass kind = classify(code);
        const bool hopeless = kind == OutcomeClass::success || kind == OutcomeClass::client;
        EXPECT_EQ(worth_another_target(code, false), !hopeless) << to_string(code);
        const bool may_pass = kind == OutcomeClass::fault || kind == OutcomeClass::capacity;
        if (worth_same_target(code)) EXPECT_TRUE(may_pass) << to_string(code);
        if (is_unreachable(code)) EXPECT_TRUE(free_check_can_tell(code)) << to_string(code);
    }
    EXPECT_TRUE(worth_another_target(ErrorCode::upstream_content_filter, true));
}

TEST(OutcomeClass, a_busy_target_may_be_free_a_moment_later_and_a_spent_budget_is_not) {
    EXPECT_TRUE(worth_same_target(ErrorCode::upstream_rate_limited));
    EXPECT_TRUE(worth_same_target(ErrorCode::upstream_overloaded));
    EXPECT_FALSE(worth_same_target(ErrorCode::upstream_quota_exhausted));
}

}  // namespace
}  // namespace signalbox::core
