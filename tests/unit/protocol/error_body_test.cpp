#include "engine/protocol/dialect/error_body.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "engine/protocol/dialect/models_body.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::protocol {
namespace {

TEST(HttpStatus, EveryFailureHasOne) {
    for (int i = 1; i < error_code_count; ++i) {
        const int status = http_status(static_cast<ErrorCode>(i));
        EXPECT_GE(status, 400) << i;
        EXPECT_LE(status, 504) << i;
    }
    EXPECT_EQ(http_status(ErrorCode::model_not_found), 404);
    EXPECT_EQ(http_status(ErrorCode::invalid_key), 401);
    EXPECT_EQ(http_status(ErrorCode::model_not_allowed), 403);
    EXPECT_EQ(http_status(ErrorCode::body_too_large), 413);
    EXPECT_EQ(http_status(ErrorCode::header_too_large), 431);
    EXPECT_EQ(http_status(ErrorCode::slow_client), 408);
    EXPECT_EQ(http_status(ErrorCode::queue_full), 429);
    EXPECT_EQ(http_status(ErrorCode::no_target), 503);
    EXPECT_EQ(http_status(ErrorCode::first_token_timeout), 504);
    EXPECT_EQ(http_status(ErrorCode::upstream_malformed), 502);
    EXPECT_EQ(http_status(ErrorCode::client_gone), 499);
}

ErrorAnswer sample() {
    return {.code = ErrorCode::queue_full,
            .message = "all \"slots\" are taken\n\xff",
            .param = "model",
            .stage = Stage::queue,
            .request_id = "req-1",
            .attempts = 2,
            .retry_after = 1500ms,
            .fleet_json = R"({"a":1})"};
}

TEST(ErrorBody, IsOpenAiShaped) {
    EXPECT_EQ(
        openai_error_body(sample()),
        R"({"error":{"message":"all \"slots\" are taken\n\ufffd","type":"rate_limit_error","code":"queue_full",)"
        R"("param":"model",)"
        R"("signalbox":{"stage":"queue","request_id":"req-1","attempts":2,"retry_after_ms":1500,"fleet":{"a":1}}}})");
    EXPECT_EQ(openai_error_body({.code = ErrorCode::no_target, .stage = Stage::select}),
              R"({"error":{"message":"","type":"api_error","code":"no_target","param":null,)"
              R"("signalbox":{"stage":"select","request_id":"","attempts":0,"retry_after_ms":null}}})");
}

TEST(ErrorBody, IsAlwaysJson) {
    simdjson::dom::parser parser;
    ErrorAnswer answer = sample();
    for (int byte = 0; byte < 256; ++byte) answer.message += static_cast<char>(byte);
    answer.param = answer.message;
    EXPECT_EQ(parser.parse(openai_error_body(answer)).error(), simdjson::SUCCESS);
}

TEST(ErrorEvent, IsOneEvent) {
    const std::string wire = openai_error_event(sample());
    std::string_view in = wire;
    SseDecoder decoder;
    const auto event = decoder.next(in);
    ASSERT_TRUE(event && *event);
    EXPECT_EQ((*event)->data, openai_error_body(sample()));
    EXPECT_TRUE(in.empty());

    ErrorAnswer pretty = sample();
    pretty.fleet_json = "{\n\n\"a\": 1}";
    const std::string lines = openai_error_event(pretty);
    in = lines;
    const auto whole = decoder.next(in);
    ASSERT_TRUE(whole && *whole);
    EXPECT_EQ((*whole)->data, openai_error_body(pretty));
}

TEST(JsonEscape, KeepsTextAndReplacesWhatIsNone) {
    const auto escaped = [](std::string_view text) {
        std::string out;
        json_escape(out, text);
        return out;
    };
    EXPECT_EQ(escaped("plain \xC3\xA9 \xF0\x9F\x98\x80"), "plain \xC3\xA9 \xF0\x9F\x98\x80");
    EXPECT_EQ(escaped("\"\\\n\r\t\x01"), R"(\"\\\n\r\t\u0001)");
    EXPECT_EQ(escaped("\xC3"), R"(\ufffd)");
    EXPECT_EQ(escaped("\xC3("), R"(\ufffd()");
    EXPECT_EQ(escaped("\xED\xA0\x80"), R"(\ufffd\ufffd\ufffd)");
    EXPECT_EQ(escaped(std::string_view("\0", 1)), R"(\u0000)");
}

TEST(Utf8, IsChecked) {
    EXPECT_TRUE(is_valid_utf8(""));
    EXPECT_TRUE(is_valid_utf8("\xE2\x82\xAC"));
    EXPECT_FALSE(is_valid_utf8("\xE2\x82"));
    EXPECT_FALSE(is_valid_utf8("\xC0\x80"));
}

TEST(ModelsBody, ListsModels) {
    EXPECT_EQ(models_body({}), R"({"object":"list","data":[]})");
    const ModelEntry models[] = {{"a"}, {.id = "b\"", .created = 7, .owned_by = "x"}};
    EXPECT_EQ(models_body(models),
              R"({"object":"list","data":[{"id":"a","object":"model","created":0,"owned_by":"signalbox"},)"
              R"({"id":"b\"","object":"model","created":7,"owned_by":"x"}]})");
    EXPECT_EQ(model_body(models[0]), R"({"id":"a","object":"model","created":0,"owned_by":"signalbox"})");
}

}  // namespace
}  // namespace signalbox::protocol
