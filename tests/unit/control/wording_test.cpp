#include "engine/control/wording.h"

#include <gtest/gtest.h>

namespace signalbox::control {
namespace {

constexpr WallTime noon{1'780'056'000'000'000};  // 2026-05-29T12:00:00Z

TEST(WordingTest, AnOutageSaysWhatHappenedWhereSinceWhenAndWhatItCost) {
    Outage outage{.cause = ErrorCode::upstream_not_found,
                  .target = "bfl/flux-2-klein",
                  .began = noon + 2min,
                  .wasted = 2,
                  .diverted = 380,
                  .served_by = "openai/gpt-image"};
    EXPECT_EQ(outage_words(outage, noon + 3h),
              "model not found at bfl/flux-2-klein since 12:02, 2 calls wasted, 380 requests diverted to "
              "openai/gpt-image");
    outage.served_by.clear();
    outage.diverted = 1;
    outage.wasted = 1;
    EXPECT_EQ(outage_words(outage, noon),
              "model not found at bfl/flux-2-klein since 12:02, 1 call wasted, 1 request diverted");
    outage.diverted = 0;
    EXPECT_EQ(outage_words(outage, noon), "model not found at bfl/flux-2-klein since 12:02, 1 call wasted");
}

TEST(WordingTest, EveryCodeHasWords) {
    for (int i = 0; i < error_code_count; ++i) EXPECT_FALSE(cause_words(static_cast<ErrorCode>(i)).empty()) << i;
}

TEST(WordingTest, TimesTellTheDayWhenItIsNotToday) {
    EXPECT_EQ(clock_words(noon, noon), "12:00");
    EXPECT_EQ(clock_words(noon, noon + 12h), "2026-05-29 12:00");
    EXPECT_EQ(iso_time(noon), "2026-05-29T12:00:00Z");
}

TEST(WordingTest, DurationsAreRoundedDownToWhatMatters) {
    EXPECT_EQ(duration_words(-5s), "0 s");
    EXPECT_EQ(duration_words(59s + 999ms), "59 s");
    EXPECT_EQ(duration_words(60s), "1 min");
    EXPECT_EQ(duration_words(59min + 59s), "59 min");
    EXPECT_EQ(duration_words(3h + 20min), "3 h 20 min");
    EXPECT_EQ(duration_words(52h), "2 d 4 h");
}

TEST(WordingTest, SmallThings) {
    EXPECT_EQ(trimmed(" \t a b\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
    EXPECT_EQ(capitalised("model"), "Model");
    EXPECT_EQ(capitalised("404"), "404");
    EXPECT_EQ(capitalised(""), "");
    EXPECT_EQ(count_words(0, "call"), "0 calls");
}

}  // namespace
}  // namespace signalbox::control
