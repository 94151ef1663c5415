// Streaming clients that wait long are told that somebody works for them.
#include <gtest/gtest.h>

#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
}

core::Config slow_config() {
    core::Config config = JourneyFixture::base_config();
    for (core::ModelConfig& model : config.models) model.deadlines.first_token = 50s;
    return config;
}

TEST(KeepAlive, a_client_that_waits_gets_the_head_and_comments_and_then_its_answer) {
    JourneyFixture f(slow_config());
    f.provider(1).next = {chat_stream({"late"}, 45s)};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.closed);
    EXPECT_EQ(reply.header("content-type"), "text/event-stream");
    EXPECT_EQ(reply.header("x-signalbox-request-id"), f.row().id);
    EXPECT_GE(reply.first_byte - Instant{}, 10s);
    EXPECT_LE(reply.first_byte - Instant{}, 12s);
    EXPECT_EQ(count(reply.body, ": waiting\n\n"), 4u);
    EXPECT_NE(reply.body.find(": served by p1/m\n\n"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.row().outcome, Outcome::served);
    EXPECT_GE(f.row().first_token_us, 45'000'000);
}

TEST(KeepAlive, what_fails_after_the_first_sign_still_goes_elsewhere) {
    JourneyFixture f;
    f.provider(1).next = {Script{{}, hang}};
    f.provider(2).next = {chat_stream({"rescued"})};
    const Reply reply = f.ask(streamed);
    EXPECT_NE(reply.body.find("rescued"), std::string::npos);
    EXPECT_NE(reply.body.find(": served by p2/s\n\n"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.row().outcome, Outcome::served_fallback);
}

TEST(KeepAlive, when_everything_fails_the_end_is_told_inside_the_stream) {
    JourneyFixture f;
    f.provider(1).next = {Script{{}, hang}};
    f.provider(2).next = {answer(503, R"({"error":{"message":"down for repairs"}})")};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.closed);
    EXPECT_NE(reply.body.find("data: {\"error\":"), std::string::npos);
    EXPECT_NE(reply.body.find("down for repairs"), std::string::npos);
    EXPECT_EQ(reply.body.find("[DONE]"), std::string::npos);
    EXPECT_EQ(f.row().outcome, Outcome::failed);
    EXPECT_EQ(f.row().error, ErrorCode::upstream_server_error);
    EXPECT_EQ(f.row().status, 200);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(KeepAlive, waiting_for_a_place_counts_and_ends_in_the_stream_too) {
    core::Config config = slow_config();
    config.models[0].deployments[0].max_in_flight = 1;
    config.models[0].fallbacks.clear();
    config.defaults.queue.wait = 30s;
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow", "er"}, 40s, 25s)};
    (void)f.send(streamed);
    f.loop.run_for(100ms);
    const auto second = f.send(streamed);
    f.loop.run_for(5min);
    EXPECT_EQ(second->status, 200);
    EXPECT_TRUE(second->closed);
    EXPECT_NE(second->body.find("\"code\":\"queue_timeout\""), std::string::npos) << second->body;
}

TEST(KeepAlive, whole_answers_and_quick_ones_get_none) {
    JourneyFixture f(slow_config());
    f.provider(1).next = {chat_stream({"quick"}, 9s)};
    EXPECT_EQ(f.ask(streamed).body.find("waiting"), std::string::npos);
    f.provider(1).next = {Script{{{40s, chat_answer("slow").parts[0].bytes}}}};
    EXPECT_EQ(f.ask(plain).body.find("waiting"), std::string::npos);
}

TEST(KeepAlive, a_provider_that_does_not_stream_cannot_answer_a_stream_that_has_begun) {
    JourneyFixture f;
    f.provider(1).next = {Script{{{20s, chat_answer("whole").parts[0].bytes}}}};
    const Reply reply = f.ask(streamed);
    EXPECT_TRUE(reply.closed);
    EXPECT_NE(reply.body.find("upstream_malformed"), std::string::npos) << reply.body;
    EXPECT_EQ(f.row().error, ErrorCode::upstream_malformed);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(KeepAlive, a_client_that_leaves_while_it_waits_is_noticed) {
    JourneyFixture f;
    f.provider(1).next = {Script{{}, hang}};
    (void)f.send_raw("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: " +
                         std::to_string(streamed.size()) + "\r\n\r\n" + streamed,
                     15s);
    f.loop.run_for(5min);
    EXPECT_EQ(f.row().outcome, Outcome::cancelled);
    EXPECT_LT(f.row().total_us, 17'000'000);
    EXPECT_EQ(f.in_flight(), 0);
    EXPECT_EQ(f.gauges.in_flight, 0);
}

TEST(KeepAlive, an_old_client_gets_its_signs_without_chunks) {
    JourneyFixture f(slow_config());
    f.provider(1).next = {chat_stream({"late"}, 15s)};
    const auto reply =
        f.send_raw("POST /v1/chat/completions HTTP/1.0\r\ncontent-length: " + std::to_string(streamed.size()) +
                   "\r\n\r\n" + streamed);
    f.loop.run_for(1min);
    EXPECT_TRUE(reply->body.starts_with(": waiting\n\n")) << reply->body;
    EXPECT_TRUE(reply->body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(reply->header("connection"), "close");
}

TEST(KeepAlive, many_clients_wait_and_leave_in_any_order) {
    JourneyFixture f(slow_config());
    std::vector<std::shared_ptr<Reply>> replies;
    for (int i = 0; i < 20; ++i) {
        f.provider(1).next = {chat_stream({"late"}, std::chrono::seconds(5 + i * 7 % 20 * 2))};
        replies.push_back(f.send(streamed));
        f.loop.run_for(50ms);
    }
    f.loop.run_for(2min);
    for (const auto& reply : replies) {
        EXPECT_FALSE(reply->closed);
        EXPECT_TRUE(reply->body.ends_with("data: [DONE]\n\n"));
    }
}

}  // namespace
}  // namespace signalbox::flow
