// Clients and providers that speak different dialects, through the whole journey.
#include <gtest/gtest.h>

#include "tests/journey/journey_fixture.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

const std::string messages = R"({"model":"main","max_tokens":50,"messages":[{"role":"user","content":"hi"}]})";
const std::string streamed_messages =
    R"({"model":"main","max_tokens":50,"messages":[{"role":"user","content":"hi"}],"stream":true})";
const std::string version = "anthropic-version: 2023-06-01\r\n";

// p1 speaks Anthropic's dialect, p2 and p3 OpenAI's.
core::Config mixed() {
    core::Config config = JourneyFixture::base_config();
    config.providers[0].kind = core::ProviderKind::anthropic;
    return config;
}

Script message_answer(const std::string& text) {
    return answer(
        200, R"({"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":")" +
                 text +
                 R"("}],"stop_reason":"end_turn","stop_sequence":null,)"
                 R"("usage":{"input_tokens":4,"cache_read_input_tokens":6,"output_tokens":5}})");
}

// Parts: the head with message_start and a ping, one per word, the end.
Script message_stream(const std::vector<std::string>& words) {
    Script script;
    script.parts.push_back(
        {10ms, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                   sse(R"({"type":"message_start","message":{"id":"msg_1","model":"c","content":[],)"
                       R"("usage":{"input_tokens":4,"cache_read_input_tokens":6,"output_tokens":1}}})") +
                   sse(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})") +
                   sse(R"({"type":"ping"})")});
    for (const std::string& word : words) {
        script.parts.push_back(
            {20ms,
             sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" + word + "\"}}")});
    }
    script.parts.push_back({10ms, sse(R"({"type":"content_block_stop","index":0})") +
                                      sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
                                          R"("usage":{"output_tokens":5}})") +
                                      sse(R"({"type":"message_stop"})") + "0\r\n\r\n"});
    return script;
}

Script overloaded() {
    return answer(529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(DialectJourney, an_openai_client_is_served_by_anthropics_api) {
    JourneyFixture f(mixed());
    f.provider(1).next = {message_answer("bonjour")};
    const Reply reply = f.ask(R"({"model":"main","seed":1,"messages":[{"role":"system","content":"s"},)"
                              R"({"role":"user","content":"hi"}]})",
                              "/v1/chat/completions", "authorization: Bearer client\r\nopenai-beta: x\r\n");
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(holds(reply.body, R"("object":"chat.completion")"));
    EXPECT_TRUE(holds(reply.body, R"("content":"bonjour")"));
    EXPECT_EQ(reply.header("x-signalbox-dropped"), "seed");
    const std::string& seen = f.provider(1).seen.at(0);
    EXPECT_TRUE(seen.starts_with("POST /v1/messages HTTP/1.1\r\n")) << seen;
    EXPECT_TRUE(holds(seen, "x-api-key: sk-1\r\n"));
    EXPECT_TRUE(holds(seen, version));
    EXPECT_FALSE(holds(seen, "authorization") || holds(seen, "openai-beta"));
    EXPECT_TRUE(holds(seen, R"({"model":"m","max_tokens":4096,"system":"s","messages":[)"));
    EXPECT_EQ(f.row().usage, (Usage{10, 5, 6}));
    EXPECT_EQ(f.row().outcome, Outcome::served);
}

TEST(DialectJourney, an_openai_client_reads_anthropics_stream) {
    JourneyFixture f(mixed());
    f.provider(1).next = {message_stream({"one", "two"})};
    const Reply reply = f.ask(streamed);
    EXPECT_FALSE(reply.closed);
    EXPECT_TRUE(holds(reply.body, R"("delta":{"content":"two"})"));
    EXPECT_TRUE(holds(reply.body, R"("finish_reason":"stop")"));
    EXPECT_FALSE(holds(reply.body, "usage"));
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(reply.body.find("[DONE]"), reply.body.rfind("[DONE]"));
    EXPECT_EQ(f.row().usage, (Usage{10, 5, 6}));
    EXPECT_GE(f.row().first_token_us, 30'000);
}

TEST(DialectJourney, an_anthropic_client_is_served_by_openais_api) {
    JourneyFixture f;
    const Reply reply = f.ask(messages, "/v1/messages", "x-api-key: client\r\n" + version);
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(holds(reply.body, R"("type":"message")"));
    EXPECT_TRUE(holds(reply.body, R"("content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn")"));
    const std::string& seen = f.provider(1).seen.at(0);
    EXPECT_TRUE(seen.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
    EXPECT_TRUE(holds(seen, "authorization: Bearer sk-1\r\n"));
    EXPECT_FALSE(holds(seen, "x-api-key"));
    EXPECT_EQ(f.row().usage, (Usage{10, 5, -1}));
    EXPECT_EQ(f.row().endpoint, "/v1/messages");
}

TEST(DialectJourney, an_anthropic_client_reads_openais_stream) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one", "two"})};
    const Reply reply = f.ask(streamed_messages, "/v1/messages");
    EXPECT_FALSE(reply.closed);
    EXPECT_TRUE(reply.body.starts_with("event: message_start\n"));
    EXPECT_TRUE(holds(reply.body, R"("delta":{"type":"text_delta","text":"two"})"));
    EXPECT_TRUE(holds(reply.body, R"("output_tokens":5)"));
    EXPECT_TRUE(reply.body.ends_with("data: {\"type\":\"message_stop\"}\n\n"));
    EXPECT_FALSE(holds(reply.body, "[DONE]"));
    EXPECT_TRUE(holds(f.provider(1).seen.at(0), R"("include_usage":true)"));
}

TEST(DialectJourney, the_same_dialect_goes_through_untouched) {
    JourneyFixture f(mixed());
    f.provider(1).next = {message_stream({"one"})};
    const Reply reply = f.ask(R"({ "model":"main" ,"odd":1.50,"max_tokens":5,"messages":[],"stream":true})",
                              "/v1/messages", "anthropic-beta: b-1\r\n");
    const std::string& seen = f.provider(1).seen.at(0);
    EXPECT_TRUE(seen.ends_with(R"({ "model":"m" ,"odd":1.50,"max_tokens":5,"messages":[],"stream":true})")) << seen;
    EXPECT_TRUE(holds(seen, "anthropic-beta: b-1\r\n"));
    EXPECT_TRUE(reply.body.starts_with(R"(data: {"type":"message_start","message":{"id":"msg_1")"));
    EXPECT_TRUE(reply.body.ends_with("data: {\"type\":\"message_stop\"}\n\n"));
    EXPECT_EQ(f.row().usage, (Usage{10, 5, 6}));
    f.provider(1).next = {message_answer("x")};
    EXPECT_TRUE(f.ask(messages, "/v1/messages").body.starts_with(R"({"id":"msg_1","type":"message")"));
}

TEST(DialectJourney, a_fallback_may_speak_another_dialect) {
    JourneyFixture f(mixed());
    f.provider(1).next = {overloaded()};
    f.provider(2).next = {chat_stream({"one"})};
    const Reply reply = f.ask(streamed_messages, "/v1/messages");
    EXPECT_EQ(reply.header("x-signalbox-deployment"), "p2/s");
    EXPECT_TRUE(reply.body.ends_with("data: {\"type\":\"message_stop\"}\n\n"));
    EXPECT_EQ(f.row().why, ErrorCode::upstream_overloaded);
    EXPECT_EQ(f.row().outcome, Outcome::served_fallback);
}

TEST(DialectJourney, an_error_before_the_first_content_moves_on) {
    JourneyFixture f(mixed());
    Script script = cut_after(message_stream({"one"}), 1, Script::End::keep_alive);
    script.parts.push_back(
        {10ms, sse(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})") + "0\r\n\r\n"});
    f.provider(1).next = {script};
    f.provider(2).next = {chat_stream({"two"})};
    EXPECT_TRUE(holds(f.ask(streamed).body, R"("content":"two")"));
    EXPECT_EQ(f.row().why, ErrorCode::upstream_overloaded);
}

TEST(DialectJourney, a_broken_stream_ends_in_an_error_of_the_clients_dialect) {
    JourneyFixture f(mixed());
    f.provider(1).next = {cut_after(message_stream({"one", "two"}), 2, Script::End::close)};
    const Reply chat = f.ask(streamed);
    EXPECT_TRUE(chat.closed);
    EXPECT_TRUE(holds(chat.body, R"("content":"one")"));
    EXPECT_TRUE(holds(chat.body, R"("code":"stream_cut")"));
    EXPECT_FALSE(holds(chat.body, "[DONE]"));
    const Reply message = f.ask(streamed_messages, "/v1/messages");
    EXPECT_TRUE(message.closed);
    EXPECT_TRUE(holds(message.body, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\""));
    EXPECT_FALSE(holds(message.body, "message_stop"));
}

TEST(DialectJourney, refusals_are_told_in_the_clients_dialect) {
    JourneyFixture f;
    const Reply unknown = f.ask(R"({"model":"nope","messages":[]})", "/v1/messages");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_TRUE(unknown.body.starts_with(R"({"type":"error","error":{"type":"not_found_error","message":)"));
    const Reply broken = f.ask("{", "/v1/messages");
    EXPECT_EQ(broken.status, 400);
    EXPECT_TRUE(holds(broken.body, R"("type":"invalid_request_error")"));
    EXPECT_EQ(f.ask(messages, "/v1/messages/batches").status, 404);
}

TEST(DialectJourney, what_cannot_be_said_is_refused_where_dropping_is_off) {
    core::Config config = mixed();
    config.defaults.drop_params = false;
    JourneyFixture f(config);
    f.provider(1).next = {message_answer("x")};
    const Reply reply = f.ask(R"({"model":"main","seed":1,"messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(reply.status, 400);
    EXPECT_TRUE(holds(reply.body, R"("param":"seed")"));
    EXPECT_TRUE(f.provider(1).seen.empty());
    EXPECT_EQ(f.ask(plain).status, 200);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(DialectJourney, responses_are_served_by_whoever_serves_chat) {
    JourneyFixture f(mixed());
    f.provider(1).next = {message_stream({"one", "two"})};
    const Reply reply = f.ask(R"({"model":"main","input":"hi","stream":true})", "/v1/responses");
    EXPECT_TRUE(reply.body.starts_with("event: response.created\n"));
    EXPECT_TRUE(holds(reply.body, R"("delta":"two")"));
    EXPECT_TRUE(holds(reply.body, "event: response.completed\n"));
    EXPECT_FALSE(holds(reply.body, "[DONE]"));
    EXPECT_EQ(f.row().usage, (Usage{10, 5, 6}));
    const Reply whole = f.ask(R"({"model":"last","input":"hi"})", "/v1/responses");
    EXPECT_TRUE(holds(whole.body, R"("type":"output_text","text":"hello")"));
    EXPECT_TRUE(f.provider(3).seen.at(0).starts_with("POST /v1/chat/completions"));
    const Reply kept = f.ask(R"({"model":"last","input":"hi","previous_response_id":"r"})", "/v1/responses");
    EXPECT_EQ(kept.status, 400);
    EXPECT_TRUE(holds(kept.body, R"("param":"previous_response_id")"));
}

TEST(DialectJourney, tokens_are_counted_here) {
    JourneyFixture f;
    const Reply reply = f.ask(messages, "/v1/messages/count_tokens");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, R"({"input_tokens":1})");
    EXPECT_TRUE(f.provider(1).seen.empty());
    EXPECT_EQ(f.rows(), 0U);
    core::Config config = JourneyFixture::base_config();
    config.gateway.auth_required = true;
    JourneyFixture closed(config);
    EXPECT_EQ(closed.ask(messages, "/v1/messages/count_tokens").status, 401);
}

TEST(DialectJourney, geminis_tool_calls_get_the_index_that_clients_put_them_together_by) {
    core::Config config = JourneyFixture::base_config();
    config.providers[0].kind = core::ProviderKind::gemini;
    JourneyFixture f(config);
    const auto chunk = [](const std::string& calls, const std::string& finish) {
        return sse(R"({"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":)" + calls +
                   R"(},"finish_reason":)" + finish + "}]}");
    };
    f.provider(1).next = {
        {{{1ms, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"},
          {1ms, chunk(R"([{"id":"a","function":{"name":"f","arguments":"{}"}}])", "null")},
          {1ms, chunk(R"([{"id":"b","function":{"name":"g","arguments":"{}"}}])", R"("stop")")},
          {1ms, sse("[DONE]") + "0\r\n\r\n"}},
         Script::End::keep_alive}};
    const Reply reply = f.ask(streamed);
    EXPECT_TRUE(holds(reply.body, R"({"index":0,"id":"a")")) << reply.body;
    EXPECT_TRUE(holds(reply.body, R"({"index":1,"id":"b")")) << reply.body;
    EXPECT_EQ(f.row().outcome, Outcome::served);
}

TEST(DialectJourney, gemini_takes_the_tool_calls_of_clients_that_have_no_place_for_its_signatures) {
    core::Config config = JourneyFixture::base_config();
    const std::string asked =
        R"({"model":"main","max_tokens":50,"messages":[{"role":"user","content":"hi"},)"
        R"({"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"fine"}]}]})";
    for (const bool gemini : {true, false}) {
        if (gemini) config.providers[0].kind = core::ProviderKind::gemini;
        if (!gemini) config.providers[0].kind = core::ProviderKind::vllm;
        JourneyFixture f(config);
        f.provider(1).next = {chat_answer("fine")};
        EXPECT_EQ(f.ask(asked, "/v1/messages", version).status, 200);
        EXPECT_EQ(holds(f.provider(1).seen.at(0), "skip_thought_signature_validator"), gemini);
    }
}

TEST(DialectJourney, gemini_takes_over_a_conversation_in_which_another_model_called_tools) {
    core::Config config = JourneyFixture::base_config();
    config.providers[1].kind = core::ProviderKind::gemini;
    JourneyFixture f(config);
    f.provider(1).next = {answer(500, "{}")};
    f.provider(2).next = {chat_answer("fine")};
    const std::string asked =
        R"({"model":"main","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,)"
        R"("tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"a","content":"fine"}]})";
    EXPECT_EQ(f.ask(asked).status, 200);
    EXPECT_FALSE(holds(f.provider(1).seen.at(0), "skip_thought_signature_validator"));
    EXPECT_TRUE(holds(f.provider(2).seen.at(0), R"({"model":"s")"));
    EXPECT_TRUE(holds(f.provider(2).seen.at(0), R"("skip_thought_signature_validator"}},"id":"a")"));
}

}  // namespace
}  // namespace signalbox::flow
