#include "engine/base/text.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

const std::string bad = "\xEF\xBF\xBD";

TEST(Text, WellFormedTextStaysAsItIs) {
    for (const std::string text : {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x9a\x82", "\xed\x9f\xbf"}) {
        EXPECT_EQ(to_utf8(text), text);
        EXPECT_TRUE(is_plain_text(text)) << text;
    }
}

TEST(Text, WhatIsNoUtf8IsReplacedByteByByte) {
    EXPECT_EQ(to_utf8("\xed\xa0\x80"), bad + bad + bad) << "a surrogate";
    EXPECT_EQ(to_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad) << "beyond Unicode";
    EXPECT_EQ(to_utf8("\xe0\x80\x80"), bad + bad + bad) << "overlong";
    EXPECT_EQ(to_utf8("\xf0\x8f\xbf\xbf"), bad + bad + bad + bad) << "overlong";
    EXPECT_EQ(to_utf8("\xc0\xaf"), bad + bad) << "overlong";
    EXPECT_EQ(to_utf8("a\xe2\x82"), "a" + bad + bad) << "cut off";
    EXPECT_EQ(to_utf8("\x80z"), bad + "z") << "no lead byte";
}

TEST(Text, ReadsCodePoints) {
    EXPECT_EQ(first_character("z").code, U'z');
    EXPECT_EQ(first_character("\xc3\xa9 and more").code, U'\u00e9');
    EXPECT_EQ(first_character("\xe2\x80\xae").code, U'\u202e');
    EXPECT_EQ(first_character("\xf0\x9f\x9a\x82").code, U'\U0001F682');
    EXPECT_EQ(first_character("\xff").length, 0U);
}

TEST(Text, HiddenCharactersAreNotPlain) {
    for (const std::string text : {"a\nb", "\x1b[2J", "\x7f", "\xc2\x9b", "\xe2\x80\xa8", "\xe2\x80\xae",
                                   "\xe2\x81\xa6", "\xef\xbb\xbf", "\xd8\x9c", "\xff"}) {
        EXPECT_FALSE(is_plain_text(text)) << text;
    }
    EXPECT_TRUE(is_plain_text("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB")) << "joined pictures";
}

TEST(Text, AnExcerptIsOneLineOfWholeCharacters) {
    EXPECT_EQ(printable_excerpt("plain", 5), "plain");
    EXPECT_EQ(printable_excerpt("plain", 4), "plai");
    EXPECT_EQ(printable_excerpt("caf\xc3\xa9", 4), "caf");
    EXPECT_EQ(printable_excerpt("a\r\nb\xff"
                                "c",
                                10),
              "a  bc");
    EXPECT_EQ(printable_excerpt("a\xe2\x80\xae"
                                "b\xc2\x9b"
                                "c",
                                10),
              "a b c");
    EXPECT_EQ(printable_excerpt("\xff\xfe", 10), "");
}

}  // namespace
}  // namespace signalbox
