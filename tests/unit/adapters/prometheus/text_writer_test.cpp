#include "engine/adapters/prometheus/text_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

namespace signalbox::adapters {
namespace {

using std::numeric_limits;

TEST(PrometheusText, WritesFamiliesWithHelpTypeAndSamples) {
    TextWriter writer;
    writer.counter("signalbox_requests_total", "Finished requests.");
    writer.sample({{"outcome", "served"}, {"model", "gpt-5"}}, std::int64_t{12});
    writer.sample({{"outcome", "failed"}, {"model", "gpt-5"}}, std::int64_t{0});
    writer.gauge("signalbox_load", "Load.");
    writer.sample({}, 0.25);
    EXPECT_EQ(writer.take(),
              "# HELP signalbox_requests_total Finished requests.\n"
              "# TYPE signalbox_requests_total counter\n"
              "signalbox_requests_total{outcome=\"served\",model=\"gpt-5\"} 12\n"
              "signalbox_requests_total{outcome=\"failed\",model=\"gpt-5\"} 0\n"
              "# HELP signalbox_load Load.\n"
              "# TYPE signalbox_load gauge\n"
              "signalbox_load 0.25\n");
    EXPECT_EQ(writer.take(), "") << "empty again";
}

TEST(PrometheusText, AHistogramIsCumulativeAndEndsWithInfinitySumAndCount) {
    TextWriter writer;
    writer.histogram("h", "H.");
    constexpr std::array bounds = {0.001, 0.5, 10.0};
    constexpr std::array<std::uint64_t, 4> counts = {1, 0, 2, 4};
    writer.sample({{"phase", "queue"}}, {.bounds = bounds, .counts = counts, .sum = 41.5});
    EXPECT_EQ(writer.take(),
              "# HELP h H.\n"
              "# TYPE h histogram\n"
              "h_bucket{phase=\"queue\",le=\"0.001\"} 1\n"
              "h_bucket{phase=\"queue\",le=\"0.5\"} 1\n"
              "h_bucket{phase=\"queue\",le=\"10\"} 3\n"
              "h_bucket{phase=\"queue\",le=\"+Inf\"} 7\n"
              "h_sum{phase=\"queue\"} 41.5\n"
              "h_count{phase=\"queue\"} 7\n");
}

TEST(PrometheusText, AHistogramMayHaveNoBoundsAndNoLabels) {
    TextWriter writer;
    writer.histogram("h", "");
    constexpr std::array<std::uint64_t, 1> counts = {3};
    writer.sample({}, {.bounds = {}, .counts = counts, .sum = 1});
    EXPECT_EQ(writer.take(), "# HELP h \n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_sum 1\nh_count 3\n");
}

TEST(PrometheusText, EscapesWhatWouldEndALabelOrALine) {
    TextWriter writer;
    writer.gauge("g", "say \"hi\"\n\\o/");
    writer.sample({{"name", "a\\b\"c\nd} 1\n{\xc3\xa9"}}, std::int64_t{1});
    EXPECT_EQ(writer.take(),
              "# HELP g say \"hi\"\\n\\\\o/\n"
              "# TYPE g gauge\n"
              "g{name=\"a\\\\b\\\"c\\nd} 1\\n{\xc3\xa9\"} 1\n");
}

TEST(PrometheusText, NumbersAreExactAndKnowTheSpecialOnes) {
    TextWriter writer;
    writer.gauge("g", "");
    writer.sample({}, numeric_limits<std::int64_t>::max());
    writer.sample({}, numeric_limits<std::int64_t>::min());
    writer.sample({}, numeric_limits<double>::quiet_NaN());
    writer.sample({}, numeric_limits<double>::infinity());
    writer.sample({}, -numeric_limits<double>::infinity());
    writer.sample({}, 0.1);
    writer.sample({}, 1e300);
    EXPECT_EQ(writer.take(),
              "# HELP g \n# TYPE g gauge\n"
              "g 9223372036854775807\ng -9223372036854775808\ng NaN\ng +Inf\ng -Inf\ng 0.1\ng 1e+300\n");
}

TEST(PrometheusTextDeath, OurOwnMistakesEndTheProcess) {
    constexpr std::array<std::uint64_t, 1> counts = {3};
    TextWriter writer;
    EXPECT_DEATH(writer.sample({}, 1.0), "") << "no family begun";
    EXPECT_DEATH(writer.gauge("", ""), "");
    EXPECT_DEATH(writer.gauge("1a", ""), "");
    EXPECT_DEATH(writer.gauge("a-b", ""), "");
    writer.gauge("g", "");
    EXPECT_DEATH(writer.sample({{"a b", ""}}, 1.0), "");
    EXPECT_DEATH(writer.sample({}, {.bounds = {}, .counts = counts, .sum = 1}), "");
    writer.histogram("h", "");
    EXPECT_DEATH(writer.sample({}, 1.0), "");
    EXPECT_DEATH(writer.sample({}, {.bounds = {}, .counts = {}, .sum = 1}), "");
    EXPECT_DEATH(writer.sample({{"le", "1"}}, {.bounds = {}, .counts = counts, .sum = 1}), "");
}

}  // namespace
}  // namespace signalbox::adapters
