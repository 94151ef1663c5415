#include "engine/control/input_tags.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"

namespace signalbox::control {
namespace {

constexpr auto other = InputTags::other;

TagInputs of(const InputTags& tags, std::string key, std::string value, Nanos now = 0s) {
    return tags.sizes_of({std::move(key), std::move(value)}, now);
}

TEST(InputTagsTest, EveryTagOfARequestCounts) {
    InputTags tags;
    tags.add("team=ci,pool=ruby", 500, 0s);
    tags.add("pool=go,team=ci", 900, 0s);
    EXPECT_EQ(tags.names().size(), 3U);
    EXPECT_EQ(of(tags, "team", "ci").lately.total(), 2);
    EXPECT_EQ(of(tags, "pool", "ruby").lifetime.sum_us(), 500);
    EXPECT_EQ(of(tags, "pool", "python").lately.total(), 0);
    EXPECT_EQ(of(tags, "nothing", "ruby").lately.total(), 0);
}

TEST(InputTagsTest, WhatIsNoTagIsPassedOver) {
    InputTags tags;
    for (const auto* text : {"", ",", "=", "a", "a=", "=b", ",,=,a=,"}) tags.add(text, 1, 0s);
    EXPECT_TRUE(tags.names().empty());
    tags.add(",a=b=c,", 1, 0s);
    EXPECT_EQ(of(tags, "a", "b=c").lately.total(), 1) << "the first = parts them";
    tags.add("bad=\xff\xfe", 1, 0s);
    EXPECT_EQ(of(tags, "bad", "\xff\xfe").value, "\xEF\xBF\xBD\xEF\xBF\xBD") << "told as text";
}

TEST(InputTagsTest, NamesThatStrangersChooseAreBoundedAndTheRestIsShownAsOther) {
    InputTags tags;
    for (int i = 0; i < 1000; ++i) tags.add("request=" + std::to_string(i) + ",pool=ruby", 10, 0s);
    EXPECT_EQ(of(tags, "pool", "ruby").lately.total(), 1000) << "one key does not take the place of another";
    EXPECT_EQ(tags.names().size(), limits::metered_tag_values_max + 2);
    EXPECT_EQ(of(tags, "request", std::string(other)).lately.total(),
              1000 - static_cast<std::int64_t>(limits::metered_tag_values_max));
    for (int i = 0; i < 1000; ++i) tags.add("key" + std::to_string(i) + "=a", 10, 0s);
    EXPECT_EQ(of(tags, std::string(other), std::string(other)).lately.total(),
              1000 - static_cast<std::int64_t>(limits::metered_tag_keys_max) + 2);
}

TEST(InputTagsTest, LatelyIsTheLastHalfHourToHour) {
    InputTags tags;
    tags.add("pool=ruby", 10, 29min);
    tags.add("pool=ruby", 10, 31min);
    EXPECT_EQ(of(tags, "pool", "ruby", 59min).lately.total(), 2);
    EXPECT_EQ(of(tags, "pool", "ruby", 61min).lately.total(), 1);
    EXPECT_EQ(of(tags, "pool", "ruby", 61min).lifetime.total(), 2);
    EXPECT_EQ(of(tags, "pool", "ruby", 24h).lately.total(), 0);
}

TEST(InputTagsTest, TheSilentGiveUpTheirPlace) {
    InputTags tags;
    for (std::size_t i = 0; i < limits::metered_tag_values_max + 5; ++i) {
        tags.add("pool=" + std::to_string(i), 10, 0s);
    }
    tags.add("pool=late", 10, 31min);
    EXPECT_EQ(of(tags, "pool", "late").lifetime.total(), 0) << "still no room";
    tags.add("pool=late", 10, 62min);
    EXPECT_EQ(of(tags, "pool", "late").lifetime.total(), 1);
    EXPECT_EQ(tags.names().size(), 2U) << "with what was counted as other half an hour ago";
}

}  // namespace
}  // namespace signalbox::control
