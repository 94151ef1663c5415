// Around failures: whom they count against, what is tried next, and what nobody may learn. The faults one by one are in
// conduct_test.cpp.
#include <gtest/gtest.h>

#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;
using namespace std::string_literals;

TEST(Journey, one_hiccup_is_retried_on_the_same_target_after_a_backoff) {
    JourneyFixture f;
    f.provider(1).next = {answer(500, "{}"), chat_answer("second time")};
    const Reply reply = f.ask(plain);
    EXPECT_NE(reply.body.find("second time"), std::string::npos);
    EXPECT_EQ(f.row().outcome, Outcome::served_retry);
    EXPECT_EQ(f.row().attempts.size(), 2u);
    EXPECT_GE(f.row().attempts[1].start_us - f.row().attempts[0].start_us, 200'000);
}

TEST(Journey, another_key_is_tried_before_the_same_one_again) {
    core::Config config = JourneyFixture::base_config();
    config.providers[0].keys = {{"k1", "sk-a", 1, {}, {}, {}}, {"k2", "sk-b", 1, {}, {}, {}}};
    JourneyFixture f(config);
    f.provider(1).next = {answer(401, "{}"), chat_answer("other key")};
    const Reply reply = f.ask(plain);
    EXPECT_NE(reply.body.find("other key"), std::string::npos);
    ASSERT_EQ(f.row().attempts.size(), 2u);
    EXPECT_NE(f.row().attempts[0].key, f.row().attempts[1].key);
}

TEST(Journey, a_clients_own_mistake_is_passed_back_in_the_providers_words_and_not_retried) {
    JourneyFixture f;
    f.provider(1).next = {answer(400, R"({"error":{"message":"temperature must be below 2"}})")};
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find("temperature must be below 2"), std::string::npos);
    EXPECT_EQ(reply.header("x-should-retry"), "false");
    EXPECT_EQ(f.provider(2).seen.size(), 0u);
    EXPECT_EQ(f.row().error, ErrorCode::upstream_bad_request);
}

TEST(Journey, when_everything_fails_the_last_providers_error_is_told_and_attempts_are_bounded) {
    JourneyFixture f;
    f.provider(1).next = {answer(500, "{}")};
    f.provider(2).next = {answer(503, R"({"error":{"message":"down for repairs"}})")};
    const Reply reply = f.ask(plain);
    EXPECT_GE(reply.status, 500);
    EXPECT_NE(reply.body.find("\"stage\":\"attempt\""), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("\"fleet\":{"), std::string::npos);
    EXPECT_LE(f.row().attempts.size(), 4u);
    EXPECT_EQ(f.row().outcome, Outcome::failed);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Journey, a_client_that_leaves_cancels_the_upstream_call_and_is_no_failure_of_it) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one", "two"}, 20s)};
    const std::string body = streamed;
    (void)f.send_raw("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(body.size()) +
                         "\r\n\r\n" + body,
                     1s);
    f.loop.run_for(1min);
    EXPECT_EQ(f.provider(1).gone, 1);
    EXPECT_EQ(f.row().outcome, Outcome::cancelled);
    EXPECT_EQ(f.row().status, 499);
    EXPECT_LT(f.row().total_us, 2'000'000);
    EXPECT_EQ(f.router.view().lanes[0].health.samples(), 0);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Journey, a_callers_own_short_deadline_is_no_fault_of_the_provider) {
    JourneyFixture f;
    sim::Link slow;
    slow.delay = 50ms;
    f.network.set_link({"10.0.0.1", 80}, slow);
    for (int i = 0; i < 6; ++i) {
        const auto reply = f.send(plain, "/v1/chat/completions", "x-signalbox-deadline-ms: 1\r\n");
        f.loop.run_for(10s);
        EXPECT_EQ(reply->status, 504);
    }
    EXPECT_EQ(f.router.view().lanes[0].health.samples(), 0);
}

TEST(Journey, an_overloaded_provider_in_mid_stream_is_busy_not_broken) {
    JourneyFixture f;
    f.provider(1).next = {stream_with(R"({"error":{"message":"busy","type":"overloaded_error"}})")};
    for (int i = 0; i < 6; ++i) (void)f.send(streamed), f.loop.run_for(5s);
    EXPECT_EQ(f.row().error, ErrorCode::stream_error_event);
    EXPECT_EQ(f.router.view().lanes[0].health.state(), core::BreakerState::closed);
}

TEST(Journey, a_stream_whose_last_event_lacks_its_blank_line_is_whole) {
    JourneyFixture f;
    Script script = cut_after(chat_stream({"one"}), 2, Script::End::close);
    const std::string last = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n";
    std::string framed;
    protocol::append_chunk_head(framed, last.size());
    script.parts.push_back({1ms, framed + last + "\r\n0\r\n\r\n"});
    f.provider(1).next = {script};
    const Reply reply = f.ask(streamed);
    EXPECT_FALSE(reply.closed) << reply.body;
    EXPECT_NE(reply.body.find("stop"), std::string::npos);
    EXPECT_EQ(f.row().outcome, Outcome::served);
}

TEST(Journey, an_account_cannot_reach_a_forbidden_model_through_its_own_fallbacks) {
    core::Config config = JourneyFixture::base_config();
    core::AccountConfig account;
    account.name = "ci";
    account.key = "sb-ci";
    account.models = {"main"};
    config.accounts = {account};
    JourneyFixture f(config);
    const Reply reply =
        f.ask(R"({"model":"main","messages":[],"fallbacks":["last"]})", "/v1/chat/completions", "x-api-key: sb-ci\r\n");
    EXPECT_EQ(reply.status, 403);
}

TEST(Journey, a_provider_that_echoes_its_key_does_not_tell_it_to_anybody) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, R"({"error":{"message":"bad request with key sk-1"}})")};
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.body.find("sk-1"), std::string::npos);
    EXPECT_EQ(f.row().attempts[0].detail.find("sk-1"), std::string::npos);
    EXPECT_EQ(f.row().why_detail.find("sk-1"), std::string::npos);
}

TEST(Journey, a_request_that_a_provider_worked_on_is_not_sent_again_in_secret) {
    JourneyFixture f;
    f.provider(1).next = {chat_answer("first"), Script{{{5s, ""}}, Script::End::reset}, chat_answer("never")};
    (void)f.send(plain);
    f.loop.run_for(1s);
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(f.row().attempts.size(), 2u);  // the crash is an attempt of its own
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_reset);
}

TEST(Journey, an_http_1_0_stream_ends_by_closing) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one"})};
    const std::string body = streamed;
    const auto reply = f.send_raw("POST /v1/chat/completions HTTP/1.0\r\nconnection: keep-alive\r\ncontent-length: " +
                                  std::to_string(body.size()) + "\r\n\r\n" + body);
    f.loop.run_for(1min);
    EXPECT_FALSE(reply->closed);  // ended cleanly, by the end of the connection
    EXPECT_EQ(reply->header("connection"), "close");
    EXPECT_NE(reply->body.find("[DONE]"), std::string::npos);
}

TEST(Journey, idle_connections_to_providers_do_not_pile_up) {
    UpstreamPool pool;
    JourneyFixture f;
    const ports::Endpoint endpoint{{"10.0.0.1", 80}, false, {}};
    pool.close_idle(f.loop.now());  // of nothing
    f.loop.spawn("connect", [](JourneyFixture& fixture, UpstreamPool& into, ports::Endpoint to) -> Task<void> {
        for (int i = 0; i < 3; ++i) {
            auto upstream = std::make_unique<Upstream>();
            Result<ports::Stream> stream = co_await fixture.network.connect(to, never);
            upstream->stream = std::move(*stream);
            into.give_back(to, std::move(upstream), fixture.loop.now());
        }
    }(f, pool, endpoint));
    f.loop.run_for(1s);
    pool.close_idle(f.loop.now() + limits::upstream_idle_max);
    EXPECT_EQ(pool.take(endpoint, f.loop.now()), nullptr);
}

}  // namespace
}  // namespace signalbox::flow
