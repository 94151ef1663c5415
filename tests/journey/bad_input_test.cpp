// What comes from clients who are broken, slow or hostile.
#include <gtest/gtest.h>

#include "tests/journey/journey_fixture.h"

namespace signalbox::flow {
namespace {

struct Bad {
    const char* name;
    std::string bytes;
    int status;
    const char* code;
};

std::string post(const std::string& body, const std::string& headers = {}) {
    return "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
}

class BadInput : public testing::TestWithParam<Bad> {};

TEST_P(BadInput, gets_its_documented_error_and_the_next_connection_is_served) {
    JourneyFixture f;
    const auto reply = f.send_raw(GetParam().bytes);
    f.loop.run_for(2min);
    EXPECT_EQ(reply->status, GetParam().status);
    EXPECT_NE(reply->body.find("\"code\":\"" + std::string(GetParam().code) + "\""), std::string::npos) << reply->body;
    EXPECT_EQ(f.ask(R"({"model":"main","messages":[]})").status, 200);
    EXPECT_EQ(f.in_flight(), 0);
    EXPECT_EQ(f.gauges.in_flight, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, BadInput,
    testing::Values(
        Bad{"garbage", std::string("\x00\xff\x13garbage\r\n\r\n", 14), 400, "malformed_http"},
        Bad{"endless_header", "GET / HTTP/1.1\r\nx: " + std::string(200'000, 'a'), 431, "header_too_large"},
        Bad{"half_a_head", "POST /v1/chat/completions HTTP/1.1\r\nhost:", 408, "slow_client"},
        Bad{"half_a_body", "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{", 408,
            "slow_client"},
        Bad{"body_too_large", "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 68157440\r\n\r\n", 413,
            "body_too_large"},
        Bad{"two_lengths",
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}", 400,
            "malformed_http"},
        Bad{"length_and_chunked",
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400, "malformed_http"},
        Bad{"bad_chunk", "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            400, "malformed_http"},
        Bad{"truncated_json", post(R"({"model":"main","messages":[)"), 400, "malformed_json"},
        Bad{"not_json", post("hello"), 400, "malformed_json"}, Bad{"no_body", post(""), 400, "malformed_json"},
        Bad{"invalid_utf8", post("{\"model\":\"main\",\"messages\":[\"\xff\xfe\"]}"), 400, "invalid_utf8"},
        Bad{"no_model", post(R"({"messages":[]})"), 400, "missing_model"},
        Bad{"negative_max_tokens", post(R"({"model":"main","max_tokens":-1})"), 400, "invalid_parameter"},
        Bad{"unknown_model", post(R"({"model":"mian"})"), 404, "model_not_found"},
        Bad{"unknown_path", "POST /v2/chat HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", 404, "unknown_path"},
        Bad{"wrong_method", "GET /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\r\n", 405, "method_not_allowed"},
        Bad{"unknown_model_lookup", "GET /v1/models/nope HTTP/1.1\r\nhost: x\r\n\r\n", 404, "model_not_found"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(GoodInput, chunked_bodies_and_expect_continue_are_understood) {
    JourneyFixture f;
    const auto chunked = f.send_raw(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        "10\r\n{\"model\":\"main\",\r\nd\r\n\"messages\":[]\r\n1\r\n}\r\n0\r\n\r\n");
    f.loop.run_for(1s);
    EXPECT_EQ(chunked->status, 200);
    const auto expecting = f.send_raw(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 16\r\nexpect: 100-continue\r\n\r\n");
    f.loop.run_for(1s);
    EXPECT_EQ(expecting->status, 100);
}

TEST(GoodInput, health_and_models_need_no_provider_and_leave_no_history) {
    JourneyFixture f;
    for (const char* path : {"/health/liveliness", "/health/readiness", "/v1/models", "/v1/models/main"}) {
        const auto reply = f.send_raw("GET " + std::string(path) + " HTTP/1.1\r\nhost: x\r\n\r\n");
        f.loop.run_for(1s);
        EXPECT_EQ(reply->status, 200) << path;
    }
    EXPECT_EQ(f.rows(), 0u);
}

TEST(GoodInput, head_gets_no_body) {
    JourneyFixture f;
    const auto reply = f.send_raw("HEAD /health/liveliness HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    f.loop.run_for(1s);
    EXPECT_EQ(reply->status, 200);
    EXPECT_TRUE(reply->body.empty());
}

TEST(GoodInput, a_silent_connection_is_let_go_soon) {
    JourneyFixture f;
    const auto reply = f.send_raw("");
    f.loop.run_for(31s);
    EXPECT_TRUE(reply->closed);
    EXPECT_EQ(f.gauges.connections, 0);
}

TEST(GoodInput, a_required_key_is_required) {
    core::Config config = JourneyFixture::base_config();
    config.gateway.auth_required = true;
    core::AccountConfig account;
    account.name = "ci";
    account.key = "sb-ci";
    account.models = {"ma*"};
    config.accounts = {account};
    JourneyFixture f(config);
    const std::string body = R"({"model":"main","messages":[]})";
    EXPECT_EQ(f.ask(body).status, 401);
    EXPECT_EQ(f.ask(body, "/v1/chat/completions", "authorization: Bearer nope\r\n").status, 401);
    EXPECT_EQ(f.ask(body, "/v1/chat/completions", "authorization: Bearer sb-ci\r\n").status, 200);
    EXPECT_EQ(f.ask(body, "/v1/chat/completions", "x-api-key: sb-ci\r\n").status, 200);
    EXPECT_EQ(f.row().account, "ci");
    EXPECT_EQ(f.ask(R"({"model":"last","messages":[]})", "/v1/chat/completions", "x-api-key: sb-ci\r\n").status, 403);
}

TEST(GoodInput, the_connection_limit_is_told) {
    core::Config config = JourneyFixture::base_config();
    config.gateway.connections_max = 1;
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 5s)};
    (void)f.send(R"({"model":"main","messages":[],"stream":true})");
    f.loop.run_for(100ms);
    const auto refused = f.send(R"({"model":"main","messages":[]})");
    f.loop.run_for(10s);
    EXPECT_EQ(refused->status, 503);
    EXPECT_NE(refused->body.find("too_many_connections"), std::string::npos);
}

TEST(GoodInput, draining_finishes_what_runs_and_closes_what_idles) {
    JourneyFixture f;
    f.provider(1).next = {chat_stream({"one", "two"}, 2s, 1s)};
    const auto running = f.send(R"({"model":"main","messages":[],"stream":true})");
    f.loop.run_for(1s);
    f.gauges.draining = true;
    f.loop.run_for(1min);
    EXPECT_FALSE(running->closed);
    EXPECT_TRUE(running->body.ends_with("[DONE]\n\n"));
    EXPECT_EQ(f.ask(R"({"model":"main","messages":[]})").status, 503);
}

}  // namespace
}  // namespace signalbox::flow
