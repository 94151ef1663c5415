#include "engine/core/routing/wait_lines.h"

#include <gtest/gtest.h>

namespace signalbox::core {
namespace {

using Ids = std::vector<DeploymentId>;

Ids reserved(WaitLines& lines, WaitLines::Ticket ticket, WaitLines::Ticket head = 1) {
    const auto found = lines.reserved("m", ticket, head);
    return {found.begin(), found.end()};
}

TEST(WaitLines, what_nobody_waits_for_is_for_everybody) {
    WaitLines lines;
    EXPECT_TRUE(reserved(lines, WaitLines::newcomer).empty());
    lines.wait_for("m", 1, {3, 5});
    EXPECT_EQ(reserved(lines, WaitLines::newcomer), (Ids{3, 5}));
    EXPECT_TRUE(reserved(lines, 1).empty()) << "the head may take any";
    EXPECT_TRUE(lines.reserved("other", WaitLines::newcomer, 1).empty());
    lines.leave("m", 1);
    EXPECT_TRUE(reserved(lines, WaitLines::newcomer).empty());
}

TEST(WaitLines, the_first_of_a_line_gives_way_only_to_the_head_and_to_earlier_firsts) {
    WaitLines lines;
    lines.wait_for("m", 1, {3});
    lines.wait_for("m", 2, {4});
    lines.wait_for("m", 3, {4});
    lines.wait_for("m", 4, {4, 6});
    EXPECT_EQ(reserved(lines, 2), (Ids{3}));
    EXPECT_EQ(reserved(lines, 3), (Ids{3, 4}));
    EXPECT_EQ(reserved(lines, 4), (Ids{3, 4}));
    std::vector<WaitLines::Ticket> firsts;
    lines.firsts(firsts);
    EXPECT_EQ(firsts, (std::vector<WaitLines::Ticket>{1, 2, 4}));
}

TEST(WaitLines, who_decides_again_changes_its_line) {
    WaitLines lines;
    lines.wait_for("m", 1, {3});
    lines.wait_for("m", 1, {7});
    EXPECT_EQ(reserved(lines, WaitLines::newcomer), (Ids{7}));
    lines.wait_for("m", 1, {});
    EXPECT_TRUE(reserved(lines, WaitLines::newcomer).empty()) << "waits for time to pass, not for a place";
    lines.leave("m", 1);
    lines.leave("m", 1);
}

TEST(WaitLines, a_head_that_has_not_decided_yet_holds_nothing_back_but_earlier_firsts_do) {
    WaitLines lines;
    lines.wait_for("m", 2, {4});
    EXPECT_TRUE(reserved(lines, 2, 9).empty());
    EXPECT_EQ(reserved(lines, WaitLines::newcomer, 9), (Ids{4}));
}

}  // namespace
}  // namespace signalbox::core
