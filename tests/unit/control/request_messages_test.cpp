#include "engine/control/request_messages.h"

#include <gtest/gtest.h>

#include "engine/control/connect_codec.h"

namespace signalbox::control {
namespace {

ports::RequestRecord full_record() {
    ports::RequestRecord record;
    record.id = "01J0000000000000000000000A";
    record.outcome = ports::Outcome::served_fallback;
    record.why = ErrorCode::upstream_not_found;
    record.usage.input_tokens = 12;
    record.first_token_us = 0;
    record.attempts.resize(2);
    record.attempts[0].result = ErrorCode::upstream_not_found;
    record.attempts[0].connect_us = 0;
    record.candidates.push_back({"openai/gpt-5", "gpt-5", "primary", "breaker_open", 1.5});
    return record;
}

TEST(RequestMessages, UnknownIsAbsentAndZeroIsNot) {
    const auto message = to_message(full_record());
    EXPECT_EQ(message.outcome(), "served_fallback");
    EXPECT_EQ(message.why(), "upstream_not_found");
    EXPECT_TRUE(message.has_first_token_us());
    EXPECT_TRUE(message.has_input_tokens());
    EXPECT_FALSE(message.has_output_tokens());
    ASSERT_EQ(message.attempts_size(), 2);
    EXPECT_TRUE(message.attempts(0).has_connect_us());
    EXPECT_FALSE(message.attempts(1).has_connect_us());
    EXPECT_EQ(message.attempts(1).result(), "ok");
    EXPECT_EQ(message.candidates(0).verdict(), "breaker_open");
    EXPECT_TRUE(to_message(ports::RequestRecord{}).why().empty());
    EXPECT_FALSE(message.cached());
    ports::RequestRecord kept;
    kept.cached = true;
    EXPECT_TRUE(to_message(kept).cached());
}

TEST(RequestMessages, BytesOfStrangersBecomeText) {
    auto record = full_record();
    record.user_agent = "curl\xff/8";
    record.requested_model = "\xc0\xaf";
    record.attempts[0].detail = "caf\xc3";
    const auto json = encode(Encoding::json, to_message(record));
    ASSERT_TRUE(json);
    v1::Request back;
    EXPECT_TRUE(decode(Encoding::json, *json, back));
    EXPECT_EQ(back.user_agent(), "curl\xEF\xBF\xBD/8");
}

TEST(RequestFilters, KeepEveryField) {
    v1::RequestFilter filter;
    filter.add_outcomes("failed");
    filter.add_outcomes("shed");
    filter.add_requested("gpt-*");
    filter.add_statuses(5);
    filter.set_fallback(false);
    filter.set_override_id(3);
    filter.set_since_unix_us(10);
    filter.set_min_total_us(7);
    filter.set_id_prefix("01");
    const auto out = to_filter(filter);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->outcomes, (std::vector{ports::Outcome::failed, ports::Outcome::shed}));
    EXPECT_EQ(out->requested, std::vector<std::string>{"gpt-*"});
    EXPECT_EQ(out->fallback, false);
    EXPECT_EQ(out->streamed, std::nullopt);
    EXPECT_EQ(out->override_id, 3);
    EXPECT_EQ(out->since, WallTime{10});
    EXPECT_EQ(out->until, std::nullopt);
    EXPECT_EQ(out->min_total_us, 7);
    EXPECT_EQ(out->id_prefix, "01");
}

TEST(RequestFilters, RefuseAnOutcomeThatDoesNotExist) {
    v1::RequestFilter filter;
    filter.add_outcomes("fialed");
    EXPECT_EQ(to_filter(filter).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace signalbox::control
