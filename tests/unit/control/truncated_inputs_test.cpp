#include "engine/control/truncated_inputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace signalbox::control {
namespace {

using Draw = std::function<double(std::mt19937_64&)>;
constexpr double never = std::numeric_limits<double>::max();

Draw uniform(double least, double most) {
    return [=](auto& random) { return std::uniform_real_distribution(least, most)(random); };
}
Draw lognormal(double median, double sigma) {
    return [=](auto& random) { return std::lognormal_distribution(std::log(median), sigma)(random); };
}
Draw normal(double mean, double sigma) {
    return [=](auto& random) { return std::max(1.0, std::normal_distribution(mean, sigma)(random)); };
}
Draw always(double tokens) {
    return [=](auto&) { return tokens; };
}
Draw mixed(double share, const Draw& first, const Draw& second) {
    return
        [=](auto& random) { return std::uniform_real_distribution()(random) < share ? first(random) : second(random); };
}

TagInputs pool(const std::string& value, const Draw& draw, int requests, std::uint64_t seed, double cut = never) {
    TagInputs out{"pool", value, {}, {}};
    std::mt19937_64 random(seed);
    for (int i = 0; i < requests; ++i) out.lately.add(static_cast<std::int64_t>(std::min(draw(random), cut)));
    return out;
}

using Pools = std::vector<TagInputs>;

TEST(TruncatedInputsTest, ThePoolThatIsCutIsNamedBesideTheSiblingThatReachesFurthest) {
    const auto found =
        find_truncated(Pools{pool("go", uniform(200, 2000), 400, 1), pool("python", uniform(200, 2200), 400, 2),
                             pool("ruby", uniform(200, 2000), 400, 3, 512)});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, "pool");
    EXPECT_EQ(found[0].value, "ruby");
    EXPECT_EQ(found[0].sibling, "python");
    EXPECT_EQ(found[0].requests, 400);
    EXPECT_NEAR(found[0].share_percent, 83, 8);
    EXPECT_NEAR(static_cast<double>(found[0].ends_at), 512, 40);
    EXPECT_NEAR(static_cast<double>(found[0].sibling_reach), 2180, 160);
}

// Of 100 seeds, how often `ruby` alone is named.
int named(const Draw& draw, const Draw& cut) {
    int times = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto found = find_truncated(Pools{pool("go", draw, 500, 2 * seed), pool("ruby", cut, 400, 2 * seed + 1)});
        EXPECT_TRUE(found.empty() || found[0].value == "ruby") << seed;
        times += static_cast<int>(found.size());
    }
    return times;
}

TEST(TruncatedInputsTest, FoundWithNearlyAllSeedsWhereverTheCutIs) {
    for (const double cut : {300.0, 400.0, 512.0, 700.0, 1000.0, 1024.0}) {
        const Draw short_of = [=](std::mt19937_64& random) { return std::min(lognormal(600, 0.8)(random), cut); };
        EXPECT_GE(named(lognormal(700, 0.8), short_of), 90) << cut;
    }
}

TEST(TruncatedInputsTest, ACutByCharactersIsNoSharpLineOfTokensAndStillFound) {
    const Draw cut_text = [](std::mt19937_64& random) {
        return std::min(lognormal(900, 0.7)(random), 800 * std::uniform_real_distribution(0.95, 1.05)(random));
    };
    EXPECT_GE(named(lognormal(900, 0.7), cut_text), 90);
}

TEST(TruncatedInputsTest, AFewStraysAboveTheCutDoNotHideIt) {
    auto ruby = pool("ruby", uniform(200, 2000), 1000, 1, 512);
    for (int i = 0; i < 5; ++i) ruby.lately.add(3000);
    EXPECT_EQ(find_truncated(Pools{pool("go", uniform(200, 2000), 1000, 2), ruby}).size(), 1U);
    for (int i = 0; i < 20; ++i) ruby.lately.add(1500);
    EXPECT_TRUE(find_truncated(Pools{pool("go", uniform(200, 2000), 1000, 2), ruby}).empty()) << "mended";
}

TEST(TruncatedInputsTest, TwoOfThreePoolsMayBeCut) {
    EXPECT_EQ(
        find_truncated(Pools{pool("go", uniform(200, 2000), 400, 1, 512), pool("python", uniform(200, 2000), 400, 2),
                             pool("ruby", uniform(200, 2000), 400, 3, 512)})
            .size(),
        2U);
}

TEST(TruncatedInputsTest, NothingIsSaidWithoutEvidence) {
    EXPECT_TRUE(find_truncated({}).empty());
    const auto ruby = pool("ruby", uniform(200, 2000), 400, 3, 512);
    EXPECT_TRUE(find_truncated(Pools{ruby}).empty()) << "no sibling";
    EXPECT_TRUE(find_truncated(Pools{pool("go", uniform(200, 2000), 199, 1), ruby}).empty()) << "a sibling hardly seen";
    EXPECT_TRUE(
        find_truncated(Pools{pool("go", uniform(200, 2000), 400, 1), pool("ruby", uniform(200, 2000), 199, 3, 512)})
            .empty());
    auto elsewhere = pool("go", uniform(200, 2000), 400, 1);
    elsewhere.key = "team";
    EXPECT_TRUE(find_truncated(Pools{elsewhere, ruby}).empty()) << "values of different keys are no siblings";
}

TEST(TruncatedInputsTest, EverybodysLimitIsNobodysTruncation) {
    EXPECT_TRUE(find_truncated(
                    Pools{pool("go", uniform(200, 2000), 400, 1, 512), pool("ruby", uniform(200, 2000), 400, 3, 512)})
                    .empty());
}

TEST(TruncatedInputsTest, WhatHasNoRoomForANameIsOnlyMeasuredAgainst) {
    const std::string other(InputTags::other);
    EXPECT_TRUE(
        find_truncated(Pools{pool("go", uniform(200, 2000), 400, 1), pool(other, uniform(200, 2000), 400, 3, 512)})
            .empty());
    EXPECT_EQ(
        find_truncated(Pools{pool(other, uniform(200, 2000), 400, 1), pool("ruby", uniform(200, 2000), 400, 3, 512)})
            .size(),
        1U);
}

struct Natural {
    const char* name;
    Draw draw;
};

std::vector<Natural> naturals() {
    return {{"short", lognormal(150, 0.5)},
            {"middling", lognormal(600, 0.7)},
            {"long tail", lognormal(800, 1.3)},
            {"even", uniform(200, 2000)},
            {"even and short", uniform(50, 400)},
            {"a hump", normal(500, 60)},
            {"a narrow hump", normal(500, 20)},
            {"one prompt", always(512)},
            {"a ping", always(12)},
            {"two prompts", mixed(0.4, always(200), always(900))},
            {"one prompt and questions", mixed(0.8, always(1000), lognormal(200, 0.6))},
            {"a system prompt", [](std::mt19937_64& random) { return 800 + lognormal(60, 0.8)(random); }},
            {"two kinds", mixed(0.5, lognormal(200, 0.3), lognormal(2500, 0.4))},
            {"left-skewed",
             [](std::mt19937_64& random) { return 2000 * std::pow(std::uniform_real_distribution()(random), 0.4); }}};
}

TEST(TruncatedInputsTest, DifferentNaturalLengthsAreNoFinding) {
    std::uint64_t seed = 0;
    for (int round = 0; round < 10; ++round) {
        for (const Natural& a : naturals()) {
            for (const Natural& b : naturals()) {
                for (const int requests : {200, 500}) {
                    seed += 2;
                    const auto found =
                        find_truncated(Pools{pool("a", a.draw, requests, seed), pool("b", b.draw, requests, seed + 1)});
                    ASSERT_TRUE(found.empty())
                        << a.name << " beside " << b.name << ", seed " << seed << ": " << found[0].value;
                }
            }
        }
    }
}

}  // namespace
}  // namespace signalbox::control
