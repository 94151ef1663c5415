#include "engine/core/admission/token_estimate.h"

#include <gtest/gtest.h>

#include <random>

namespace signalbox::core {
namespace {

TEST(TokenEstimate, rounds_up) {
    EXPECT_EQ(estimate_tokens(0), 0);
    EXPECT_EQ(estimate_tokens(1), 1);
    EXPECT_EQ(estimate_tokens(4), 1);
    EXPECT_EQ(estimate_tokens(5), 2);
    EXPECT_EQ(estimate_tokens(0, 3.2), 0);
    EXPECT_EQ(estimate_tokens(33, 3.2), 11);
}

TEST(TokenCalibration, begins_with_the_common_figure) {
    const TokenCalibration calibration;
    EXPECT_EQ(calibration.estimate(4'000), estimate_tokens(4'000));
    EXPECT_EQ(calibration.error(), 0);
}

TEST(TokenCalibration, learns_the_ratio_of_a_model_and_tells_its_error) {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> bytes(200, 20'000), ratio(2.8, 3.6);
    TokenCalibration calibration;
    for (int i = 0; i < 500; ++i) {
        const double length = bytes(random);
        calibration.learn(static_cast<std::int64_t>(length), static_cast<std::int64_t>(length / ratio(random)));
    }
    EXPECT_NEAR(calibration.bytes_per_token(), 3.2, 0.1);
    EXPECT_NEAR(calibration.error(), 0.063, 0.02);  // the mean distance of such a ratio from its middle
    EXPECT_EQ(calibration.samples(), 500);
}

TEST(TokenCalibration, one_short_prompt_moves_it_little) {
    TokenCalibration calibration;
    calibration.learn(10, 110);  // a template of 100 tokens around a "hi"
    EXPECT_NEAR(calibration.bytes_per_token(), 4, 0.3);
    EXPECT_GT(calibration.error(), 0.9);
}

TEST(TokenCalibration, follows_a_model_that_changes) {
    TokenCalibration calibration;
    for (int i = 0; i < 1'000; ++i) calibration.learn(9'000, 3'000);
    for (int i = 0; i < 1'000; ++i) calibration.learn(9'000, 2'000);
    EXPECT_NEAR(calibration.bytes_per_token(), 4.5, 0.1);
    EXPECT_LT(calibration.error(), 0.05);
}

TEST(TokenCalibration, ignores_nonsense_and_stays_within_reason) {
    TokenCalibration calibration;
    calibration.learn(0, 10);
    calibration.learn(10, 0);
    calibration.learn(-1, -1);
    EXPECT_EQ(calibration.samples(), 0);
    for (int i = 0; i < 100; ++i) calibration.learn(1, 1'000'000);
    EXPECT_EQ(calibration.bytes_per_token(), 1);
    for (int i = 0; i < 3'000; ++i) calibration.learn(1'000'000'000, 1);
    EXPECT_EQ(calibration.bytes_per_token(), 16);
}

}  // namespace
}  // namespace signalbox::core
