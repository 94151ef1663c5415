#include "engine/protocol/json/decoded_size.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>

namespace signalbox::protocol::detail {
namespace {

struct Piece {
    std::string_view raw;
    std::size_t size;  // decoded
};

constexpr auto pieces = std::to_array<Piece>({
    {"a", 1},         {"The points are set. ", 20},
    {"u", 1},         {"0", 1},
    {"é", 2},         {R"(\n)", 1},
    {R"(\")", 1},     {R"(\\)", 1},
    {R"(\/)", 1},     {R"(\\u00e9)", 6},
    {R"(\u0000)", 1}, {R"(\u003c)", 1},
    {R"(\u007F)", 1}, {R"(\u0080)", 2},
    {R"(\u00e9)", 2}, {R"(\u07ff)", 2},
    {R"(\u0800)", 3}, {R"(\u4f60)", 3},
    {R"(\uD7FF)", 3}, {R"(\ud83d\ude00)", 4},
    {R"(\uDBFF)", 2}, {R"(\ue000)", 3},
    {R"(\uFFFD)", 3}, {R"(\\\\\\n)", 4},
    {R"(\\\\\n)", 3},
});

TEST(DecodedSize, of_each_kind_of_escape) {
    for (const Piece& piece : pieces) {
        EXPECT_EQ(decoded_size(piece.raw), piece.size) << piece.raw;
    }
    EXPECT_EQ(decoded_size(""), 0u);
}

// Escapes and runs of backslashes across every border between two blocks.
TEST(DecodedSize, does_not_depend_on_where_an_escape_stands) {
    for (const Piece& piece : pieces) {
        for (std::size_t before = 0; before < 140; ++before) {
            for (const std::size_t behind : {0U, 1U, 70U, 200U}) {
                const std::string raw = std::string(before, 'x') + std::string(piece.raw) + std::string(behind, 'u');
                ASSERT_EQ(decoded_size(raw), before + piece.size + behind) << piece.raw << " at " << before;
            }
        }
    }
}

TEST(DecodedSize, of_any_mixture_is_the_sum) {
    std::mt19937 random(20);
    for (int round = 0; round < 2'000; ++round) {
        std::string raw;
        std::size_t size = 0;
        const std::size_t some = random() % pieces.size() + 1;  // few kinds: long runs of one
        for (unsigned n = random() % 120; n > 0; --n) {
            const Piece& piece = pieces[random() % some];
            raw += piece.raw;
            size += piece.size;
        }
        ASSERT_EQ(decoded_size(raw), size) << raw;
    }
}

TEST(DecodedSize, long_runs_of_backslashes) {
    for (std::size_t pairs = 0; pairs < 300; ++pairs) {
        const std::string run(2 * pairs, '\\');
        ASSERT_EQ(decoded_size(run), pairs);
        ASSERT_EQ(decoded_size("x" + run + R"(\u00e9)"), 1 + pairs + 2);
        ASSERT_EQ(decoded_size("x" + run + "u00e9"), 1 + pairs + 5);
    }
}

TEST(DecodedSize, of_garbage_is_at_most_its_length) {
    std::mt19937 random(21);
    constexpr std::string_view letters = R"(\\\\uud08fx")";
    for (int round = 0; round < 5'000; ++round) {
        std::string raw;
        for (unsigned n = random() % 200; n > 0; --n) raw += letters[random() % letters.size()];
        ASSERT_LE(decoded_size(raw), raw.size());
    }
}

}  // namespace
}  // namespace signalbox::protocol::detail
