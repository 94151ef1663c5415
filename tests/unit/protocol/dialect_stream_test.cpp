// What a translated stream tells the router, event by event.
#include <gtest/gtest.h>

#include <string>

#include "engine/protocol/dialect/translate.h"

namespace signalbox::protocol {
namespace {

class Stream {
  public:
    Stream(Dialect client, Dialect provider) : translator_({client, provider}, {}) {}

    ChunkInfo feed(std::string_view data) {
        wire_.clear();
        append_sse(wire_, {}, data);
        std::string_view rest = wire_;
        const auto event = decoder_.next(rest);
        out.clear();
        return translator_.event(**event, out);
    }
    void finish() {
        out.clear();
        translator_.finish(out);
    }

    std::string out;

  private:
    StreamTranslator translator_;
    SseDecoder decoder_;
    std::string wire_;
};

constexpr std::string_view message_start =
    R"({"type":"message_start","message":{"id":"m","model":"c",)"
    R"("usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1}}})";
constexpr std::string_view text_delta =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}})";
constexpr std::string_view stop =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}})";

TEST(DialectStream, AnthropicEventsMeanTheirPart) {
    for (const Dialect client : {Dialect::openai, Dialect::anthropic}) {
        Stream stream(client, Dialect::anthropic);
        const ChunkInfo start = stream.feed(message_start);
        EXPECT_FALSE(start.content || start.finish || start.done);
        EXPECT_EQ(start.usage, (Usage{12, -1, 7}));
        EXPECT_FALSE(stream.feed(R"({"type":"ping"})").content);
        EXPECT_FALSE(
            stream.feed(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})")
                .content);
        EXPECT_TRUE(stream.feed(text_delta).content);
        EXPECT_TRUE(
            stream.feed(R"({"type":"content_block_start","content_block":{"type":"tool_use","id":"t","name":"n"}})")
                .content);
        const ChunkInfo end = stream.feed(stop);
        EXPECT_TRUE(end.finish && !end.done);
        EXPECT_EQ(end.usage, (Usage{12, 9, 7}));
        EXPECT_TRUE(stream.feed(R"({"type":"message_stop"})").done);
        stream.finish();
        EXPECT_EQ(stream.out, "");
    }
}

TEST(DialectStream, TheSameDialectGoesThroughAsItCame) {
    Stream stream(Dialect::anthropic, Dialect::anthropic);
    const ChunkInfo start = stream.feed(message_start);
    EXPECT_FALSE(start.malformed);
    EXPECT_EQ(stream.out, "data: " + std::string(message_start) + "\n\n");
    EXPECT_FALSE(stream.feed(R"({"type":"vendor_event"})").malformed);
    EXPECT_EQ(stream.out, "data: {\"type\":\"vendor_event\"}\n\n");
}

TEST(DialectStream, OpenAiChunksMeanTheirPart) {
    Stream stream(Dialect::anthropic, Dialect::openai);
    EXPECT_FALSE(stream.feed(R"({"choices":[],"prompt_filter_results":[]})").content);
    EXPECT_EQ(stream.out, "");
    EXPECT_FALSE(stream.feed(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})").content);
    EXPECT_TRUE(stream.feed(R"({"choices":[{"index":0,"delta":{"content":"x"}}]})").content);
    EXPECT_TRUE(stream.feed(R"({"choices":[{"index":0,"delta":{},"finish_reason":"length"}]})").finish);
    EXPECT_EQ(stream.out, "");  // the end waits for the usage
    EXPECT_EQ(stream.feed(R"({"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}})").usage,
              (Usage{4, 2, -1}));
    EXPECT_TRUE(stream.feed("[DONE]").done);
    EXPECT_NE(stream.out.find(R"("stop_reason":"max_tokens")"), std::string::npos);
    EXPECT_NE(stream.out.find(R"("input_tokens":4)"), std::string::npos);
}

TEST(DialectStream, AForgottenEndIsMadeUpFor) {
    Stream stream(Dialect::anthropic, Dialect::openai);
    EXPECT_TRUE(stream.feed(R"({"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]})").finish);
    stream.finish();
    EXPECT_TRUE(stream.out.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
    stream.finish();
    EXPECT_EQ(stream.out, "");
}

TEST(DialectStream, ErrorsAndGarbageAppendNothing) {
    Stream anthropic(Dialect::openai, Dialect::anthropic);
    EXPECT_FALSE(anthropic.feed(message_start).error);
    const ChunkInfo error =
        anthropic.feed(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
    EXPECT_TRUE(error.error);
    EXPECT_EQ(error.error_code, ErrorCode::upstream_overloaded);
    EXPECT_EQ(anthropic.out, "");
    for (const std::string_view garbage : {"{", "7", "[]", "{\"type\":\"ping\"} x", "\xff"}) {
        EXPECT_TRUE(anthropic.feed(garbage).malformed) << garbage;
        EXPECT_EQ(anthropic.out, "");
    }
    Stream openai(Dialect::anthropic, Dialect::openai);
    EXPECT_EQ(openai.feed(R"({"error":{"code":"rate_limit_exceeded"}})").error_code, ErrorCode::upstream_rate_limited);
    EXPECT_TRUE(openai.feed("nonsense").malformed);
}

TEST(DialectStream, AToolCallThatGoesOnAfterItsEndIsMalformed) {
    Stream stream(Dialect::anthropic, Dialect::openai);
    const auto call = [](int index, std::string_view rest) {
        return R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":)" + std::to_string(index) +
               std::string(rest) + "}]}}]}";
    };
    EXPECT_FALSE(stream.feed(call(0, R"(,"id":"a","function":{"name":"f","arguments":"{"})")).malformed);
    EXPECT_FALSE(stream.feed(call(1, R"(,"id":"b","function":{"name":"g","arguments":"{}"})")).malformed);
    EXPECT_TRUE(stream.feed(call(0, R"(,"function":{"arguments":"}"})")).malformed);
    EXPECT_EQ(stream.out, "");
}

TEST(DialectAnswer, ErrorsInTheWrongPlaceAreErrors) {
    std::string out;
    const DialectPair pair{Dialect::openai, Dialect::anthropic};
    const AnswerInfo error =
        translate_answer(R"({"type":"error","error":{"type":"authentication_error","message":"no"}})", pair, {}, out);
    EXPECT_TRUE(error.error);
    EXPECT_FALSE(translate_answer("[]", pair, {}, out).valid);
    EXPECT_FALSE(translate_answer("", pair, {}, out).valid);
    EXPECT_EQ(out, "");
    const AnswerInfo empty = translate_answer(R"({"id":"m","content":[]})", pair, {}, out);
    EXPECT_TRUE(empty.valid && !empty.content && empty.finish_reason.empty());
}

TEST(DialectError, EveryCodeHasAnAnthropicShape) {
    for (int i = 0; i < error_code_count; ++i) {
        ErrorAnswer answer;
        answer.code = static_cast<ErrorCode>(i);
        answer.message = "\"quoted\"\n";
        const std::string event = error_event(Dialect::anthropic, answer);
        EXPECT_TRUE(event.starts_with("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"")) << event;
        EXPECT_NE(event.find("_"), std::string::npos);
    }
}

TEST(DialectError, CountTokens) {
    EXPECT_EQ(count_tokens_body(12), R"({"input_tokens":12})");
}

}  // namespace
}  // namespace signalbox::protocol
