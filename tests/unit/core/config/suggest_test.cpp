#include "engine/core/config/suggest.h"

#include <gtest/gtest.h>

namespace signalbox::core {
namespace {

using Names = std::vector<std::string>;

TEST(Suggest, DistanceCountsEdits) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("strategy", "stratgey"), 1u);  // neighbours swapped
    EXPECT_EQ(edit_distance("listen", "lisen"), 1u);
    EXPECT_EQ(edit_distance("GPT", "gpt"), 0u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggest, NearestFirst) {
    const Names known{"claude-haiku-4-5", "gpt-5.4", "gpt-5.4-mini", "llama"};
    EXPECT_EQ(nearest("gpt-5.4-mni", known, 3), (Names{"gpt-5.4-mini", "gpt-5.4"}));
    EXPECT_EQ(nearest("gpt-5.4-mni", known, 1), (Names{"gpt-5.4-mini"}));
    EXPECT_EQ(nearest("haiku", known, 3), (Names{"claude-haiku-4-5"}));
}

TEST(Suggest, NothingNearIsNothing) {
    EXPECT_TRUE(nearest("zzzzzzzz", Names{"gateway", "providers"}, 3).empty());
    EXPECT_TRUE(nearest("", Names{"a"}, 3).empty());
    EXPECT_TRUE(nearest("gateway", {}, 3).empty());
    EXPECT_TRUE(nearest(std::string(100'000, 'x'), Names{"gateway"}, 3).empty());
}

TEST(Suggest, TiesKeepTheirOrder) {
    EXPECT_EQ(nearest("car", Names{"cat", "bar"}, 2), (Names{"cat", "bar"}));
}

}  // namespace
}  // namespace signalbox::core
