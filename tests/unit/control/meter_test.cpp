#include "engine/control/meter.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/sim/loop.h"
#include "engine/sim/memory_store.h"

namespace signalbox::control {
namespace {

using ports::Outcome;

TEST(LogHistogram, EveryValueLiesInItsBucket) {
    for (std::int64_t us : {0L, 1L, 7L, 8L, 15L, 16L, 17L, 1000L, 123'456L, 1L << 30, (1L << 35) + 12345}) {
        const int bucket = LogHistogram::bucket_of(us);
        EXPECT_LE(LogHistogram::lower_end(bucket), us);
        EXPECT_GT(LogHistogram::lower_end(bucket + 1), us);
    }
    EXPECT_EQ(LogHistogram::bucket_of(-5), 0);
    EXPECT_EQ(LogHistogram::bucket_of(std::numeric_limits<std::int64_t>::max()), LogHistogram::buckets - 1);
}

TEST(LogHistogram, QuantilesAreWithinSevenPercent) {
    LogHistogram histogram;
    for (int us = 1; us <= 10'000; ++us) histogram.add(us);
    for (const double q : {0.01, 0.5, 0.95, 0.99, 1.0}) {
        EXPECT_NEAR(static_cast<double>(*histogram.quantile(q)), q * 10'000, q * 10'000 * 0.07) << q;
    }
    EXPECT_EQ(histogram.total(), 10'000);
    EXPECT_EQ(histogram.below(1024), 1023) << "exact at powers of two";
    EXPECT_EQ(LogHistogram{}.quantile(0.5), std::nullopt);
}

class MeterTest : public testing::Test {
  protected:
    void finish(const std::string& model, Outcome outcome, std::int64_t total_us = 1000,
                ErrorCode error = ErrorCode::ok) {
        ports::RequestRecord record;
        record.id = "id" + std::to_string(++made_);
        record.requested_model = model;
        record.outcome = outcome;
        record.total_us = total_us;
        record.first_token_us = total_us / 2;
        record.error = error;
        meter_.offer(std::move(record));
    }

    sim::SimLoop loop_;
    sim::MemoryStore store_;
    Meter meter_{store_, loop_};
    int made_ = 0;
};

TEST_F(MeterTest, TheCallersOwnMistakesDoNotCountAgainstTheService) {
    for (const auto error :
         {ErrorCode::malformed_json, ErrorCode::invalid_key, ErrorCode::model_not_found, ErrorCode::context_too_long,
          ErrorCode::upstream_bad_request, ErrorCode::upstream_context_too_long, ErrorCode::upstream_content_filter}) {
        finish("a", Outcome::failed, 1000, error);
    }
    EXPECT_EQ(meter_.all().minute.failed, 7);
    EXPECT_EQ(meter_.all().minute.served_percent(), std::nullopt);
    finish("a", Outcome::served);
    finish("a", Outcome::failed, 1000, ErrorCode::upstream_server_error);
    EXPECT_EQ(meter_.all().minute.served_percent(), 50);
    EXPECT_EQ(meter_.by_model().at("a").minute.served_percent(), 50);
}

TEST_F(MeterTest, PassesEveryRecordOnAndCountsWhatTheHistorySheds) {
    finish("a", Outcome::served);
    store_.set_full(true);
    finish("a", Outcome::served);
    EXPECT_EQ(store_.size(), 1U);
    EXPECT_EQ(meter_.shed(), 1U);
    EXPECT_EQ(meter_.all().minute.requests, 2);
}

TEST_F(MeterTest, TokensOfAKeptAnswerAreCountedOnce) {
    ports::RequestRecord record;
    record.usage = {10, 5, -1};
    EXPECT_TRUE(meter_.offer(record));
    record.cached = true;
    EXPECT_TRUE(meter_.offer(record));
    EXPECT_EQ(meter_.lifetime().input_tokens, 10);
    EXPECT_EQ(meter_.lifetime().output_tokens, 5);
}

TEST_F(MeterTest, HedgesAreCountedAndThoseThatAnswered) {
    ports::RequestRecord record;
    record.attempts.resize(2);
    record.attempts[0].deployment = "a/m";
    record.attempts[1].deployment = "b/m";
    record.attempts[1].hedge = true;
    record.served_deployment = "b/m";
    meter_.offer(record);
    record.served_deployment = "a/m";
    meter_.offer(record);
    EXPECT_EQ(meter_.lifetime().hedges, 2);
    EXPECT_EQ(meter_.lifetime().hedges_won, 1);
}

TEST_F(MeterTest, SharesLeaveOutTheCancelled) {
    EXPECT_EQ(meter_.all().minute.served_percent(), std::nullopt);
    finish("a", Outcome::served);
    finish("a", Outcome::served_retry);
    finish("a", Outcome::served_fallback);
    finish("a", Outcome::failed);
    finish("a", Outcome::cancelled);
    const auto minute = meter_.all().minute;
    EXPECT_EQ(minute.requests, 5);
    EXPECT_EQ(minute.served_percent(), 75.0);
    EXPECT_EQ(minute.fallback_percent(), 25.0);
}

TEST_F(MeterTest, AMinuteForgetsAndAQuarterHourKeeps) {
    finish("a", Outcome::failed);
    loop_.run_for(30s);
    finish("a", Outcome::served);
    EXPECT_EQ(meter_.all().minute.requests, 2);
    EXPECT_NEAR(meter_.all().seconds, 30, 0.1) << "no rate over time that has not been";
    loop_.run_for(45s);
    EXPECT_EQ(meter_.all().minute.requests, 1);
    const auto points = meter_.all().quarter_hour;
    ASSERT_EQ(points.size(), 6U);
    EXPECT_EQ(points[0].failed, 1);
    EXPECT_EQ(points[2].served, 1);
    loop_.run_for(1h);
    EXPECT_EQ(meter_.all().minute.requests, 0);
    EXPECT_EQ(meter_.all().quarter_hour.size(), 60U);
    for (const auto& point : meter_.all().quarter_hour) EXPECT_EQ(point.requests, 0);
    EXPECT_EQ(meter_.lifetime().counts.requests, 2);
}

TEST_F(MeterTest, OnlyAnswersHaveDurations) {
    finish("a", Outcome::failed, 1);
    finish("a", Outcome::shed, 1);
    EXPECT_EQ(meter_.durations().total.total(), 0);
    finish("a", Outcome::served, 1 << 20);
    EXPECT_NEAR(static_cast<double>(*meter_.durations().total.quantile(0.5)), 1 << 20, 80'000);
    EXPECT_EQ(meter_.all().first_token.total(), 1);
}

TEST_F(MeterTest, NamesThatStrangersChooseAreBounded) {
    for (std::size_t i = 0; i < limits::metered_models_max + 50; ++i) {
        finish("m" + std::to_string(i), Outcome::served);
        finish("typo" + std::to_string(i), Outcome::failed, 1, ErrorCode::model_not_found);
    }
    const auto models = meter_.by_model();
    EXPECT_LE(models.size(), limits::metered_models_max + 1);
    EXPECT_EQ(models.at(Meter::unknown_model).minute.failed, static_cast<int>(limits::metered_models_max) + 50);
    EXPECT_GT(models.at(Meter::other_models).minute.served, 0);
}

TEST_F(MeterTest, InputsCountByTagAsProvidersReportedThem) {
    ports::RequestRecord record;
    record.tags = "pool=ruby";
    record.outcome = Outcome::served;
    meter_.offer(record);
    EXPECT_TRUE(meter_.inputs_by_tag().empty()) << "an estimate is no measure";
    record.usage.input_tokens = 700;
    meter_.offer(record);
    record.outcome = Outcome::failed;
    meter_.offer(record);
    ASSERT_EQ(meter_.inputs_by_tag().size(), 1U);
    EXPECT_EQ(meter_.inputs_by_tag()[0].lately.total(), 1);
    EXPECT_EQ(meter_.inputs_by_tag()[0].value, "ruby");
}

}  // namespace
}  // namespace signalbox::control
