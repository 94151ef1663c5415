#include "engine/core/admission/expected_output.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

using Lengths = std::function<double(std::mt19937_64&)>;

double lognormal(std::mt19937_64& random) {
    return std::lognormal_distribution<double>(6, 0.9)(random);
}
double log_t(std::mt19937_64& random) {
    return std::exp(5.5 + 0.7 * std::student_t_distribution<double>(3)(random));
}
double bimodal(std::mt19937_64& random) {
    return random() % 10 < 7 ? std::uniform_real_distribution<double>(40, 60)(random)
                             : std::uniform_real_distribution<double>(3'000, 5'000)(random);
}

const OutputKey some = output_key("account", "model", AnswerKind::plain);

struct Outcome {
    int over = 0, answers = 0;
    double charged = 0, emitted = 0;
    [[nodiscard]] double overrun() const { return static_cast<double>(over) / answers; }
};

// `answers` of one key, counted once `warm_up` are known.
Outcome run(ExpectedOutput& expected, const OutputKey& key, std::int64_t cap, const Lengths& lengths, int answers,
            std::uint64_t seed, int warm_up = 500) {
    std::mt19937_64 random(seed);
    Outcome out;
    for (int i = 0; i < answers; ++i) {
        const std::int64_t actual = std::clamp(static_cast<std::int64_t>(lengths(random)), std::int64_t{1}, cap);
        const std::int64_t charge = expected.expect(key, cap).expected;
        expected.learn(key, cap, charge, actual);
        if (i < warm_up) continue;
        ++out.answers;
        out.over += actual > charge ? 1 : 0;
        out.charged += static_cast<double>(charge);
        out.emitted += static_cast<double>(actual);
    }
    return out;
}

TEST(ExpectedOutput, knows_nothing_at_first_and_says_a_quarter_of_the_cap) {
    const ExpectedOutput expected;
    EXPECT_EQ(expected.expect(some, 32'768).expected, 2'048);
    EXPECT_EQ(expected.expect(some, 4'096).expected, 1'024);
    EXPECT_EQ(expected.expect(some, 512).expected, 256);
    EXPECT_EQ(expected.expect(some, 16).expected, 16);
    EXPECT_EQ(expected.expect(some, std::numeric_limits<std::int64_t>::max()).expected, 2'048);
    EXPECT_EQ(expected.expect(some, 1).expected, 1);
    EXPECT_EQ(expected.expect(some, 0).expected, 1);
}

TEST(ExpectedOutput, about_one_answer_in_ten_is_longer_whatever_their_distribution) {
    const std::pair<const char*, Lengths> all[] = {{"lognormal", lognormal}, {"log-t", log_t}, {"bimodal", bimodal}};
    for (const auto& [name, lengths] : all) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            ExpectedOutput expected;
            const Outcome result = run(expected, some, 32'768, lengths, 5'000, seed);
            EXPECT_NEAR(result.overrun(), 0.10, 0.03) << name << " seed " << seed;
        }
    }
}

TEST(ExpectedOutput, answers_of_one_length_are_met_within_a_bin) {
    for (const double length : {70.0, 100.0, 613.0, 7'000.0}) {
        ExpectedOutput expected;
        const Outcome result = run(expected, some, 32'768, [=](auto&) { return length; }, 2'000, 1);
        EXPECT_LE(result.overrun(), 0.13) << length;
        EXPECT_LE(result.charged / result.emitted, 1.2) << length;
    }
}

// Accounts of one model that could hardly differ more: each is charged by its own answers.
TEST(ExpectedOutput, holds_the_share_for_each_account_of_a_model) {
    const Lengths terse = [](auto& random) { return std::lognormal_distribution<double>(4.8, 0.5)(random); };
    const Lengths wordy = [](auto& random) { return std::lognormal_distribution<double>(8, 0.6)(random); };
    const std::pair<const char*, Lengths> all[] = {{"terse", terse}, {"wordy", wordy}, {"tail", log_t}};
    ExpectedOutput expected;
    std::mt19937_64 random(4);
    std::array<Outcome, 3> outcomes;
    for (int i = 0; i < 12'000; ++i) {
        const std::size_t which = random() % 3;
        const OutputKey key = output_key(all[which].first, "model", AnswerKind::plain);
        const auto actual = std::clamp<std::int64_t>(static_cast<std::int64_t>(all[which].second(random)), 1, 32'768);
        const std::int64_t charge = expected.expect(key, 32'768).expected;
        expected.learn(key, 32'768, charge, actual);
        if (i < 1'000) continue;
        ++outcomes[which].answers;
        outcomes[which].over += actual > charge ? 1 : 0;
        outcomes[which].charged += static_cast<double>(charge);
        outcomes[which].emitted += static_cast<double>(actual);
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_NEAR(outcomes[i].overrun(), 0.10, 0.025) << all[i].first;
        EXPECT_LT(outcomes[i].charged / outcomes[i].emitted, 2.1) << all[i].first;
    }
}

TEST(ExpectedOutput, charges_a_small_multiple_of_what_is_used_instead_of_the_cap) {
    ExpectedOutput expected;
    const Outcome result = run(expected, some, 32'768, lognormal, 5'000, 3);
    EXPECT_LT(result.charged / result.emitted, 2.5);
    EXPECT_LT(result.charged / result.answers, 32'768 / 20);
}

TEST(ExpectedOutput, is_never_above_the_cap_nor_below_one) {
    std::mt19937_64 random(5);
    ExpectedOutput expected;
    for (int i = 0; i < 20'000; ++i) {
        const auto cap = static_cast<std::int64_t>(1 + random() % (1ULL << (random() % 18)));
        const OutputKey key = output_key(std::to_string(random() % 5), "m", static_cast<AnswerKind>(random() % 2));
        const OutputEstimate estimate = expected.expect(key, cap);
        ASSERT_GE(estimate.expected, 1);
        ASSERT_LE(estimate.expected, cap);
        ASSERT_LE(estimate.mean, static_cast<double>(cap));
        ASSERT_GE(estimate.variance, 0);
        ASSERT_LE(estimate.variance, static_cast<double>(cap) * static_cast<double>(cap) / 4);
        expected.learn(key, cap, estimate.expected, static_cast<std::int64_t>(random() % 100'000));
    }
}

TEST(ExpectedOutput, mean_and_variance_are_those_of_the_answers) {
    ExpectedOutput expected;
    const Lengths lengths = [](std::mt19937_64& random) {
        return std::uniform_real_distribution<double>(400, 1'000)(random);
    };
    (void)run(expected, some, 8'192, lengths, 3'000, 1);
    const OutputEstimate estimate = expected.expect(some, 8'192);
    EXPECT_NEAR(estimate.mean, 700, 40);
    EXPECT_NEAR(std::sqrt(estimate.variance), 600 / std::sqrt(12), 30);
}

TEST(ExpectedOutput, a_new_account_starts_from_what_the_model_answers_others) {
    ExpectedOutput expected;
    (void)run(expected, some, 4'096, [](auto&) { return 100.0; }, 200, 1);
    const OutputKey other = output_key("other", "model", AnswerKind::plain);
    EXPECT_NEAR(static_cast<double>(expected.expect(other, 4'096).expected), 110, 20);
    EXPECT_EQ(expected.expect(other, 16'384).expected, 2'048) << "another cap bucket is still cold";
    const OutputKey tools = output_key("account", "model", AnswerKind::tools);
    EXPECT_EQ(expected.expect(tools, 4'096).expected, 1'024) << "and so is another kind";
}

TEST(ExpectedOutput, an_account_that_differs_leaves_its_parent) {
    ExpectedOutput expected;
    const OutputKey wordy = output_key("wordy", "model", AnswerKind::plain);
    for (int i = 0; i < 2'000; ++i) {
        expected.learn(some, 8'192, expected.expect(some, 8'192).expected, 100);
        if (i % 5 == 0) expected.learn(wordy, 8'192, expected.expect(wordy, 8'192).expected, 4'000);
    }
    EXPECT_LT(expected.expect(some, 8'192).expected, 180);
    EXPECT_GT(expected.expect(wordy, 8'192).expected, 3'000);
}

TEST(ExpectedOutput, follows_a_change_within_a_few_hundred_answers) {
    ExpectedOutput expected;
    (void)run(expected, some, 8'192, [](auto&) { return 200.0; }, 2'000, 1);
    (void)run(expected, some, 8'192, [](auto&) { return 3'000.0; }, 100, 2);
    EXPECT_GE(expected.expect(some, 8'192).expected, 2'800);
    (void)run(expected, some, 8'192, [](auto&) { return 200.0; }, 800, 2);
    EXPECT_LT(expected.expect(some, 8'192).expected, 400);
}

TEST(ExpectedOutput, survives_lengths_beyond_belief) {
    ExpectedOutput expected;
    for (int i = 0; i < 100; ++i) {
        expected.learn(some, 1'000'000, 1, std::int64_t{1} << 60);
        expected.learn(some, 1'000'000, 1, -5);
    }
    EXPECT_LE(expected.expect(some, 1'000'000).expected, 1'000'000);
}

TEST(ExpectedOutput, forgets_idle_keys_and_keeps_busy_ones) {
    ExpectedOutput expected;
    (void)run(expected, some, 4'096, [](auto&) { return 300.0; }, 300, 1);
    const std::int64_t before = expected.expect(some, 4'096).expected;
    for (std::size_t i = 0; i < 5 * limits::output_sketches_max; ++i) {
        const OutputKey once = output_key(std::to_string(i), "another", AnswerKind::tools);
        expected.learn(once, 4'096, 1'024, 50);
        if (i % 100 == 0) expected.learn(some, 4'096, expected.expect(some, 4'096).expected, 300);
    }
    EXPECT_LE(expected.sketches(), limits::output_sketches_max);
    EXPECT_NEAR(static_cast<double>(expected.expect(some, 4'096).expected), static_cast<double>(before), 40);
}

}  // namespace
}  // namespace signalbox::core
