#include <gtest/gtest.h>

#include <string>

#include "engine/protocol/dialect/call_numbers.h"
#include "engine/protocol/dialect/call_signatures.h"
#include "engine/protocol/dialect/openai.h"

namespace signalbox::protocol {
namespace {

ChunkInfo chat_delta(std::string_view delta) {
    return inspect_chunk(R"({"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":)" +
                             std::string(delta) + R"(,"finish_reason":null}]})",
                         Endpoint::chat);
}

TEST(Endpoint, ComesFromThePath) {
    EXPECT_EQ(endpoint_of("/v1/chat/completions"), Endpoint::chat);
    EXPECT_EQ(endpoint_of("/chat/completions"), Endpoint::chat);
    EXPECT_EQ(endpoint_of("/v1/completions"), Endpoint::completions);
    EXPECT_EQ(endpoint_of("/v1/responses"), Endpoint::responses);
    EXPECT_EQ(endpoint_of("/v1/embeddings"), Endpoint::embeddings);
    EXPECT_EQ(endpoint_of("/v1/images/generations"), Endpoint::images);
    EXPECT_EQ(endpoint_of("/v1/models"), Endpoint::models);
    EXPECT_EQ(endpoint_of("/v1/models/org/name"), Endpoint::model);
    for (const std::string_view path :
         {"", "/", "/v1", "/v1/", "/v1/models/", "/v1/chat/completions/", "/v2/models", "/v1/CHAT/completions"})
        EXPECT_EQ(endpoint_of(path), Endpoint::unknown) << path;
    EXPECT_EQ(upstream_path(Endpoint::chat), "/chat/completions");
    EXPECT_EQ(method_of(Endpoint::models), "GET");
    EXPECT_EQ(to_string(Endpoint::model), "model");
}

TEST(InspectChunk, ContentIsWhatTheReaderGets) {
    for (const std::string_view delta :
         {R"({"content":"hi"})", R"({"role":"assistant","content":" "})", R"({"reasoning_content":"hm"})",
          R"({"reasoning":"hm"})", R"({"refusal":"no"})", R"({"tool_calls":[{"index":0}]})",
          R"({"function_call":{"name":"f"}})", R"({"content":[{"type":"text","text":"a"}]})",
          R"({"audio":{"id":"a"}})"}) {
        EXPECT_TRUE(chat_delta(delta).content) << delta;
    }
    EXPECT_TRUE(inspect_chunk(R"({"choices":[{"text":"a","index":0}]})", Endpoint::completions).content);
    EXPECT_TRUE(
        inspect_chunk(R"({"choices":[{"message":{"role":"assistant","content":"whole"}}]})", Endpoint::chat).content);
}

TEST(InspectChunk, PreamblesAreNotContent) {
    for (const std::string_view delta :
         {R"({})", R"({"role":"assistant"})", R"({"role":"assistant","content":""})", R"({"content":null})",
          R"({"tool_calls":[]})", R"({"tool_calls":null,"refusal":null,"audio":{}})", "null"}) {
        const ChunkInfo info = chat_delta(delta);
        EXPECT_FALSE(info.content || info.malformed || info.error || info.finish || info.done) << delta;
    }
    EXPECT_FALSE(inspect_chunk(R"({"choices":[],"prompt_filter_results":[{"index":0}]})", Endpoint::chat).content);
    EXPECT_FALSE(inspect_chunk(R"({"choices":[{"text":"","index":0}]})", Endpoint::completions).content);
    for (const std::string_view data : {"", " ", "\n"}) {
        const ChunkInfo info = inspect_chunk(data, Endpoint::chat);
        EXPECT_FALSE(info.content || info.malformed || info.done);
    }
}

TEST(InspectChunk, SeesTheEnd) {
    EXPECT_TRUE(inspect_chunk("[DONE]", Endpoint::chat).done);
    EXPECT_TRUE(inspect_chunk(" [DONE] ", Endpoint::chat).done);
    const std::string data = R"({"choices":[{"delta":{},"finish_reason":"length"}]})";
    const ChunkInfo info = inspect_chunk(data, Endpoint::chat);
    EXPECT_TRUE(info.finish);
    EXPECT_FALSE(info.done);
    EXPECT_EQ(info.finish_reason, "length");
    EXPECT_GE(info.finish_reason.data(), data.data());
    EXPECT_LT(info.finish_reason.data(), data.data() + data.size());
}

TEST(InspectChunk, ReadsUsage) {
    const ChunkInfo info = inspect_chunk(R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,)"
                                         R"("prompt_tokens_details":{"cached_tokens":4}}})",
                                         Endpoint::chat);
    EXPECT_EQ(info.usage, (Usage{10, 5, 4}));
    EXPECT_FALSE(inspect_chunk(R"({"choices":[],"usage":null})", Endpoint::chat).usage.known());
    EXPECT_FALSE(inspect_chunk(R"({"choices":[],"usage":{"prompt_tokens":-3,"completion_tokens":"x"}})", Endpoint::chat)
                     .usage.known());
}

TEST(InspectChunk, FindsErrorsInsideA200) {
    struct Case {
        std::string_view data;
        ErrorCode code;
        std::string_view text;
    };
    const Case cases[] = {
        {R"({"error":{"message":"Overloaded","type":"overloaded_error"}})", ErrorCode::upstream_overloaded,
         "Overloaded"},
        {R"({"error":{"message":"slow","code":429}})", ErrorCode::upstream_rate_limited, "slow"},
        {R"({"code":"x","error":"it broke"})", ErrorCode::upstream_server_error, "it broke"},
        {R"({"choices":[{"delta":{},"finish_reason":"error","error":{"message":"m","code":502}}]})",
         ErrorCode::upstream_server_error, "m"},
        {R"({"choices":[{"delta":{},"finish_reason":"error"}]})", ErrorCode::upstream_server_error,
         "the provider gave its answer up"},
        {R"({"choices":[{"delta":{},"finish_reason":"abort"}]})", ErrorCode::upstream_server_error,
         "the provider gave its answer up"},
        {R"({"object":"error","message":"gone wrong","code":404})", ErrorCode::upstream_not_found, "gone wrong"},
        {R"({"error":{"message":"too long","code":"context_length_exceeded"}})", ErrorCode::upstream_context_too_long,
         "too long"},
    };
    for (const Case& c : cases) {
        const ChunkInfo info = inspect_chunk(c.data, Endpoint::chat);
        EXPECT_TRUE(info.error) << c.data;
        EXPECT_EQ(info.error_code, c.code) << c.data;
        EXPECT_EQ(info.error_text, c.text) << c.data;
    }
    for (const std::string_view data : {R"({"error":null,"choices":[]})", R"({"error":"","choices":[]})",
                                        R"({"error":{},"choices":[]})", R"({"error":false,"choices":[]})"}) {
        EXPECT_FALSE(inspect_chunk(data, Endpoint::chat).error) << data;
    }
}

TEST(InspectChunk, GarbageIsMalformed) {
    for (const std::string_view data : {"{", "}", "hello", "[]", "{\"choices\":[{\"delta\":{\"content\":\"a",
                                        "{\"choices\":[}", "{} {}", "\xff", "null", "5"})
        EXPECT_TRUE(inspect_chunk(data, Endpoint::chat).malformed) << data;
}

TEST(InspectChunk, ResponsesEvents) {
    const auto event = [](std::string_view data) { return inspect_chunk(data, Endpoint::responses); };
    EXPECT_TRUE(event(R"({"type":"response.output_text.delta","delta":"a"})").content);
    EXPECT_FALSE(event(R"({"type":"response.output_text.delta","delta":""})").content);
    EXPECT_FALSE(event(R"({"type":"response.created","response":{"status":"in_progress","error":null}})").content);
    EXPECT_EQ(event(R"({"type":"response.created","response":{"id":"resp_1","output":[]}})").response_id, "resp_1");
    EXPECT_EQ(event(R"({"type":"response.output_item.added","item":{"id":"msg_1"}})").response_id, "");
    EXPECT_EQ(inspect_answer(R"({"id":"resp_2","output":[{"id":"msg_1"}]})", Endpoint::responses).response_id,
              "resp_2");
    EXPECT_EQ(inspect_answer(R"({"id":"chatcmpl-1","choices":[]})", Endpoint::chat).response_id, "");
    const ChunkInfo end =
        event(R"({"type":"response.completed","response":{"usage":{"input_tokens":3,"output_tokens":2}}})");
    EXPECT_TRUE(end.finish);
    EXPECT_TRUE(end.done);
    EXPECT_EQ(end.finish_reason, "completed");
    EXPECT_EQ(end.usage, (Usage{3, 2, -1}));
    const ChunkInfo failed =
        event(R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"sorry"}}})");
    EXPECT_TRUE(failed.error);
    EXPECT_EQ(failed.error_text, "sorry");
    EXPECT_TRUE(event(R"({"type":"error","code":"x","message":"bad"})").error);
}

TEST(InspectAnswer, ReadsACompletion) {
    const std::string body =
        R"({"model":"gpt-4o-2024","choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":3,"completion_tokens":1}})";
    const AnswerInfo info = inspect_answer(body, Endpoint::chat);
    EXPECT_TRUE(info.valid);
    EXPECT_TRUE(info.content);
    EXPECT_FALSE(info.error);
    EXPECT_EQ(info.model, "gpt-4o-2024");
    EXPECT_EQ(info.finish_reason, "stop");
    EXPECT_EQ(info.usage, (Usage{3, 1, -1}));
}

TEST(InspectAnswer, TellsEmptyFromInvalidFromError) {
    EXPECT_FALSE(inspect_answer("", Endpoint::chat).valid);
    EXPECT_FALSE(inspect_answer("<html>", Endpoint::chat).valid);
    EXPECT_FALSE(inspect_answer(R"({"choices":[{"message":{"content":"a"}}])", Endpoint::chat).valid);
    const AnswerInfo empty = inspect_answer(R"({"choices":[]})", Endpoint::chat);
    EXPECT_TRUE(empty.valid);
    EXPECT_FALSE(empty.content);
    EXPECT_FALSE(
        inspect_answer(R"({"choices":[{"message":{"role":"assistant","content":""}}]})", Endpoint::chat).content);
    const AnswerInfo error = inspect_answer(R"({"error":{"message":"no","type":"server_error"}})", Endpoint::chat);
    EXPECT_TRUE(error.error);
    EXPECT_EQ(error.error_code, ErrorCode::upstream_server_error);
}

TEST(InspectAnswer, EmbeddingsImagesAndResponses) {
    EXPECT_TRUE(
        inspect_answer(R"({"data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":2}})", Endpoint::embeddings).content);
    EXPECT_FALSE(inspect_answer(R"({"data":[]})", Endpoint::embeddings).content);
    EXPECT_TRUE(inspect_answer(R"({"created":1,"data":[{"b64_json":"AA"}]})", Endpoint::images).content);
    const AnswerInfo two =
        inspect_answer(R"({"data":[{"b64_json":"AA"},{"url":"u"}],"usage":{"input_tokens":9}})", Endpoint::images);
    EXPECT_EQ(two.usage, (Usage{9, -1, -1, 2}));
    EXPECT_EQ(inspect_answer(R"({"data":[1,2]})", Endpoint::embeddings).usage.images, 0);
    EXPECT_FALSE(inspect_answer(R"({"data":{}})", Endpoint::images).content);
    EXPECT_FALSE(inspect_answer(R"({"data":[]})", Endpoint::images).content);
    const AnswerInfo info = inspect_answer(
        R"({"status":"completed","error":null,"output":[{"a":1}],"usage":{"input_tokens":1,"output_tokens":2}})",
        Endpoint::responses);
    EXPECT_TRUE(info.content);
    EXPECT_EQ(info.finish_reason, "completed");
    EXPECT_EQ(info.usage, (Usage{1, 2, -1}));
}

ChunkInfo event_named(std::string_view name, std::string_view data) {
    SseEvent event;
    event.event = name;
    event.data = data;
    return inspect_event(event, Endpoint::chat);
}

TEST(InspectEvent, OneNamedErrorIsOneWhateverItHolds) {
    for (const std::string_view data : {R"({"code":500,"message":"Compute error.","type":"server_error"})",
                                        R"({"error":{"message":"x"}})", "crashed", ""}) {
        const ChunkInfo info = event_named("error", data);
        EXPECT_TRUE(info.error) << data;
        EXPECT_EQ(info.error_code, ErrorCode::upstream_server_error) << data;
    }
    EXPECT_EQ(event_named("error", R"({"code":400,"message":"exceeds the available context size"})").error_code,
              ErrorCode::upstream_context_too_long);
    EXPECT_TRUE(event_named("chunk", R"({"choices":[{"delta":{"content":"x"}}]})").content);
}

TEST(InspectChunk, SeesToolCallsWithoutAnIndex) {
    EXPECT_TRUE(chat_delta(R"({"tool_calls":[{"id":"a"}]})").unnumbered);
    EXPECT_TRUE(chat_delta(R"({"tool_calls":[{"index":0,"id":"a"},{}]})").unnumbered);
    EXPECT_FALSE(chat_delta(R"({"tool_calls":[{"index":0,"id":"a"},{"index":1}]})").unnumbered);
    EXPECT_FALSE(chat_delta(R"({"tool_calls":[]})").unnumbered);
    EXPECT_FALSE(chat_delta(R"({"tool_calls":null})").unnumbered);
    const std::string_view whole = R"({"choices":[{"message":{"tool_calls":[{"id":"a"}]}}]})";
    EXPECT_FALSE(inspect_chunk(whole, Endpoint::chat).unnumbered);
    EXPECT_TRUE(inspect_chunk(whole, Endpoint::chat).content);
}

std::string with_calls(std::string_view calls) {
    return R"({"choices": [{"index":0,"delta":{"role":"assistant","tool_calls":)" + std::string(calls) + "}}]}";
}

TEST(CallNumbers, NumbersCallsInTheirOrderAndChangesNothingElse) {
    CallNumbers calls;
    EXPECT_EQ(
        calls.mend(with_calls(R"([ {"function":{"name":"f","arguments":"{\"id\":[1]}"},"id":"a"}, {"id":"b"}])"), {}),
        with_calls(
            R"([ {"index":0,"function":{"name":"f","arguments":"{\"id\":[1]}"},"id":"a"}, {"index":1,"id":"b"}])"));
    EXPECT_EQ(calls.mend(with_calls(R"([{"function":{"arguments":"x"}}])"), {}),
              with_calls(R"([{"index":1,"function":{"arguments":"x"}}])"));
    EXPECT_EQ(calls.mend(with_calls(R"([{"id":"c","index":2},{"id":"d"}])"), {}),
              with_calls(R"([{"id":"c","index":2},{"index":3,"id":"d"}])"));
}

TEST(CallNumbers, AnOrdinaryStopAfterCallsIsTheEndOfCalls) {
    CallNumbers calls;
    const auto chunk = [](std::string_view delta, std::string_view before, std::string_view after) {
        return R"({"choices":[{)" + std::string(before) + R"("delta":)" + std::string(delta) + std::string(after) +
               "}]}";
    };
    const auto mended = [&](const std::string& data, std::string_view word) {
        const std::size_t at = data.find("\"" + std::string(word) + "\"");
        return calls.mend(data, std::string_view(data).substr(at + 1, word.size()));
    };
    const std::string early = R"("finish_reason":"stop",)";
    const std::string late = R"(,"finish_reason":"stop")";
    EXPECT_EQ(mended(chunk("{}", "", late), "stop"), chunk("{}", "", late));  // no call so far
    EXPECT_EQ(mended(chunk(R"({"tool_calls":[{"id":"a"}]})", "", late), "stop"),
              chunk(R"({"tool_calls":[{"index":0,"id":"a"}]})", "", R"(,"finish_reason":"tool_calls")"));
    EXPECT_EQ(mended(chunk(R"({"tool_calls":[{"id":"b"}]})", early, ""), "stop"),
              chunk(R"({"tool_calls":[{"index":1,"id":"b"}]})", R"("finish_reason":"tool_calls",)", ""));
    EXPECT_EQ(mended(chunk("{}", "", R"(,"finish_reason":"length")"), "length"),
              chunk("{}", "", R"(,"finish_reason":"length")"));
}

TEST(CallNumbers, WhatIsNoCallStaysAsItIs) {
    CallNumbers calls;
    EXPECT_EQ(calls.mend(with_calls("[{}]"), {}), with_calls(R"([{"index":0}])"));
    for (const std::string_view data :
         {"", "{", "[]", R"({"choices":{}})", R"({"choices":[{"delta":{"tool_calls":[1,"x"]}}]})"}) {
        EXPECT_EQ(calls.mend(data, {}), data);
    }
}

std::string turn_with(std::string_view calls) {
    return R"({"model":"m","messages":[{"role":"user","content":"\"tool_calls\":[{}]"},)"
           R"({"role":"assistant","tool_calls":)" +
           std::string(calls) + R"(},{"role":"tool","content":"x"}],"tools":[]})";
}

TEST(SignCalls, TheFirstCallOfATurnGetsTheWordUnlessItIsSigned) {
    const std::string word = R"("extra_content":)" + std::string(unsigned_call);
    EXPECT_EQ(sign_calls(turn_with(R"([ {"id":"a"},{"id":"b"}])")),
              turn_with("[ {" + word + R"(,"id":"a"},{"id":"b"}])"));
    EXPECT_EQ(sign_calls(turn_with("[{}]")), turn_with("[{" + word + "}]"));
    const std::string has_one =
        turn_with(R"([{"id":"a","extra_content":{"google":{"thought_signature":"S"}}},{"id":"b"}])");
    EXPECT_EQ(sign_calls(has_one), has_one);
    const std::string two = R"({"messages":[{"tool_calls":[{"id":"a"}]},{"tool_calls":[{"id":"b"}]}]})";
    EXPECT_EQ(sign_calls(two), R"({"messages":[{"tool_calls":[{)" + word + R"(,"id":"a"}]},{"tool_calls":[{)" + word +
                                   R"(,"id":"b"}]}]})");
}

TEST(SignCalls, WhatHoldsNoCallsStaysAsItIs) {
    for (const std::string& body : {turn_with("[]"), turn_with("null"), turn_with("[1]"), std::string("{"),
                                    std::string(), std::string(R"({"messages":{"tool_calls":[{}]}})")}) {
        EXPECT_EQ(sign_calls(body), body);
    }
}

}  // namespace
}  // namespace signalbox::protocol
