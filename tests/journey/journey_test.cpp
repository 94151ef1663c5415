#include <gtest/gtest.h>

#include "tests/journey/journey_fixture.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;
using namespace std::string_literals;

TEST(Journey, a_plain_request_is_served_and_recorded) {
    JourneyFixture f;
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 200);
    EXPECT_NE(reply.body.find("hello"), std::string::npos);
    EXPECT_EQ(reply.header("x-signalbox-deployment"), "p1/m");
    EXPECT_EQ(reply.header("x-signalbox-attempts"), "1");
    const auto row = f.row();
    EXPECT_EQ(row.id, reply.header("x-signalbox-request-id"));
    EXPECT_EQ(row.outcome, Outcome::served);
    EXPECT_EQ(row.why, ErrorCode::ok);
    EXPECT_EQ(row.served_model, "main");
    EXPECT_EQ(row.usage, (Usage{10, 5, -1}));
    EXPECT_EQ(row.cost.value, 10 + 2 * 5);
    ASSERT_EQ(row.attempts.size(), 1u);
    EXPECT_EQ(row.attempts[0].key, "only");
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Journey, only_the_model_is_rewritten_and_the_key_is_the_providers) {
    JourneyFixture f;
    (void)f.ask(R"({ "model" : "main", "odd":[1, 2.50,{"a":null}], "messages":[], "fallbacks":["last"]})",
                "/v1/chat/completions", "authorization: Bearer client-key\r\n");
    ASSERT_EQ(f.provider(1).seen.size(), 1u);
    const std::string& seen = f.provider(1).seen[0];
    EXPECT_NE(seen.find(R"({ "model" : "m", "odd":[1, 2.50,{"a":null}], "messages":[])"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("fallbacks"), std::string::npos);
    EXPECT_EQ(seen.find("client-key"), std::string::npos);
    EXPECT_NE(seen.find("authorization: Bearer sk-1\r\n"), std::string::npos);
    EXPECT_NE(seen.find("POST /v1/chat/completions HTTP/1.1\r\n"), std::string::npos);
}

TEST(Journey, a_stream_arrives_event_by_event_with_usage_kept_for_us) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one", "two", "three"}, 500ms, 100ms)};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.closed);
    EXPECT_NE(reply.body.find("three"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(reply.body.find("usage"), std::string::npos);  // the client did not ask for it
    EXPECT_GE(reply.last_byte - reply.first_byte, 200ms);
    EXPECT_EQ(f.row().usage, (Usage{10, 5, -1}));
    EXPECT_GE(f.row().first_token_us, 510'000);
    EXPECT_NE(f.provider(1).seen[0].find(R"("include_usage":true)"), std::string::npos);
}

TEST(Journey, usage_reaches_the_client_who_asked) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one"})};
    const Reply reply =
        f.ask(R"({"model":"main","messages":[],"stream":true,"stream_options":{"include_usage":true}})");
    EXPECT_NE(reply.body.find("prompt_tokens"), std::string::npos);
}

TEST(Journey, connections_to_a_provider_are_reused) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one"})};
    for (int i = 0; i < 3; ++i) {
        (void)f.send(streamed);
        f.loop.run_for(1s);
    }
    EXPECT_EQ(f.provider(1).seen.size(), 3u);
    EXPECT_EQ(f.provider(1).connections, 1);
}

TEST(Journey, a_connection_that_died_while_idle_costs_no_attempt) {
    JourneyFixture f;
    (void)f.send(plain);
    f.loop.run_for(1s);
    f.network.reset({"10.0.0.1", 80});
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(f.row().attempts.size(), 1u);
    EXPECT_EQ(f.provider(1).connections, 2);
}

TEST(Journey, an_open_breaker_diverts_and_says_so) {
    JourneyFixture f;
    f.provider(1).next = {answer(404, "{}")};
    for (int i = 0; i < 3; ++i) (void)f.send(plain), f.loop.run_for(1s);
    EXPECT_EQ(f.provider(1).seen.size(), 2u);  // two strikes, then nobody is sent there
    EXPECT_EQ(f.row().outcome, Outcome::served_fallback);
    EXPECT_EQ(f.row().why, ErrorCode::breaker_open);
    EXPECT_EQ(f.row().why_detail, "p1/m");
}

TEST(Journey, a_repaired_provider_is_found_by_one_probe_at_no_cost_to_the_user) {
    JourneyFixture f;
    f.provider(1).next = {answer(404, "{}"), answer(404, "{}"), chat_answer("back")};
    for (int i = 0; i < 2; ++i) (void)f.send(plain), f.loop.run_for(1s);
    f.loop.run_for(20s);
    const Reply reply = f.ask(plain);
    EXPECT_NE(reply.body.find("back"), std::string::npos);
    EXPECT_TRUE(f.row().attempts[0].probe);
}

TEST(Journey, requests_queue_while_every_target_is_full_in_order_and_within_their_patience) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].deployments[0].max_in_flight = 1;
    config.models[0].fallbacks.clear();
    config.defaults.queue.per_model = 1;
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 2s)};
    const auto first = f.send(streamed);
    f.loop.run_for(100ms);
    const auto second = f.send(streamed);
    f.loop.run_for(100ms);
    const auto third = f.send(streamed);
    f.loop.run_for(1min);
    EXPECT_EQ(first->status, 200);
    EXPECT_EQ(second->status, 200);
    EXPECT_EQ(third->status, 429);
    EXPECT_NE(third->header("retry-after"), "");
    EXPECT_GT(second->first_byte, first->last_byte);
    EXPECT_EQ(
        f.row(0).outcome == Outcome::shed || f.row(1).outcome == Outcome::shed || f.row(2).outcome == Outcome::shed,
        true);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Journey, waiting_in_the_queue_ends_with_the_clients_own_deadline) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].deployments[0].max_in_flight = 1;
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 20s)};
    (void)f.send(streamed);
    f.loop.run_for(100ms);
    const auto second = f.send(streamed, "/v1/chat/completions", "x-signalbox-deadline-ms: 1000\r\n");
    f.loop.run_for(5s);
    EXPECT_EQ(second->status, 429);
    EXPECT_EQ(f.row().error, ErrorCode::queue_timeout);
    EXPECT_GE(f.row().queue_us, 1'000'000);
}

TEST(Journey, retry_after_is_honoured_when_nothing_else_can_serve_and_it_fits) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {answer(429, "{}", "retry-after: 3\r\n"), chat_answer("after a while")};
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 200);
    EXPECT_GE(f.row().total_us, 3'000'000);
    EXPECT_EQ(f.provider(1).seen.size(), 2u);
}

TEST(Journey, a_redirect_takes_effect_on_the_next_request_and_ends_by_itself) {
    JourneyFixture f;
    auto table = std::make_shared<core::OverrideTable>();
    core::ActiveOverride row;
    row.id = 12;
    row.from = "main";
    row.to = "last";
    row.expires = f.loop.now() + 30s;
    row.diverted = std::make_shared<std::atomic<std::int64_t>>(0);
    table->rows.push_back(row);
    f.router.set_overrides(table);
    const auto moved = f.send(plain);
    f.loop.run_for(1s);
    EXPECT_EQ(moved->header("x-signalbox-deployment"), "p3/l");
    EXPECT_EQ(moved->header("x-signalbox-override"), "12");
    EXPECT_EQ(f.row().override_id, 12);
    EXPECT_EQ(f.row().why, ErrorCode::redirected);
    EXPECT_EQ(row.diverted->load(), 1);
    f.loop.run_for(30s);
    const Reply after_end = f.ask(plain);
    EXPECT_EQ(after_end.header("x-signalbox-deployment"), "p1/m");
}

TEST(Journey, overrides_reach_connections_that_were_already_open) {
    JourneyFixture f;
    const std::string body = plain;
    const std::string request =
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body;
    (void)f.send_raw(request + request);  // pipelined: the second is read only after the first was answered
    f.loop.run_for(1s);
    EXPECT_EQ(f.rows(), 2u);
}

TEST(Journey, embeddings_and_images_travel_the_same_road) {
    core::Config config = JourneyFixture::base_config();
    config.models[1].shape = core::Shape::embedding;
    config.models[2].shape = core::Shape::image;
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(2).next = {answer(200, R"({"data":[{"index":0,"embedding":[0.1]}],"usage":{"prompt_tokens":3}})")};
    f.provider(3).next = {answer(404, "{}")};
    EXPECT_EQ(f.ask(R"({"model":"spare","input":"x"})", "/v1/embeddings").status, 200);
    EXPECT_EQ(f.ask(R"({"model":"last","prompt":"x"})", "/v1/images/generations").status, 502);
    EXPECT_EQ(f.ask(R"({"model":"last","messages":[]})").status, 400);  // an image model cannot chat
}

TEST(Journey, the_same_seed_gives_the_same_trace) {
    const auto trace = [](std::uint64_t seed) {
        JourneyFixture f(JourneyFixture::base_config(), seed);
        f.provider(1).next = {answer(500, "{}"), chat_stream({"a", "b"}), answer(404, "{}")};
        for (int i = 0; i < 20; ++i) (void)f.send(streamed), f.loop.run_for(300ms);
        f.loop.run_for(1min);
        std::string ids;
        for (std::size_t i = 0; i < f.rows(); ++i) ids += f.row(i).id + std::to_string(f.row(i).total_us);
        return ids;
    };
    EXPECT_EQ(trace(7), trace(7));
    EXPECT_NE(trace(7), trace(8));
}

}  // namespace
}  // namespace signalbox::flow
