// Clients and providers that mean harm, or look as if they did: what they send is refused or bounded, reaches nobody
// else, and leaves nothing behind.
#include <gtest/gtest.h>

#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;
using namespace std::string_literals;

std::string post(const std::string& headers, const std::string& body) {
    return "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n" + headers + "\r\n" + body;
}

std::string sized(const std::string& body) {
    return post("content-length: " + std::to_string(body.size()) + "\r\n", body);
}

void expect_clean(JourneyFixture& f) {
    EXPECT_EQ(f.in_flight(), 0);
    EXPECT_EQ(f.gauges.in_flight, 0);
}

// ---- clients

TEST(HostileClient, what_could_be_two_requests_is_none) {
    const std::string hidden = sized(R"({"model":"last","messages":[]})");
    const std::string cases[] = {
        post("content-length: 4\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n" + hidden),
        post("transfer-encoding: chunked\r\ncontent-length: 5\r\n", "0\r\n\r\n" + hidden),
        post("content-length: 0\r\ncontent-length: " + std::to_string(hidden.size()) + "\r\n", hidden),
        post("transfer-encoding: xchunked\r\n", hidden),
        post("transfer-encoding: identity\r\ncontent-length: 2\r\n", "{}" + hidden),
        post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", "0\r\n\r\n" + hidden),
        post("transfer-encoding : chunked\r\n", "0\r\n\r\n" + hidden),
        post("content-length: 0\r\nx: a\r\n\tb\r\n", hidden),
        post("content-length: 0\r\nx: a\rb: c\r\n", hidden),
        post("content-length: 0\nx: a\r\n", hidden),
        post("content-length: 0\r\nx: a\0b\r\n"s, hidden),
        post("transfer-encoding: chunked\r\n", "2 0\r\n{}\r\n0\r\n\r\n" + hidden),
        post("transfer-encoding: chunked\r\n", "2\n{}\r\n0\r\n\r\n" + hidden),
        post("transfer-encoding: chunked\r\n", "2;a\nb\r\n{}\r\n0\r\n\r\n" + hidden),
        post("transfer-encoding: chunked\r\n", "0\r\nx: y\n\r\n\r\n" + hidden),
    };
    for (const std::string& bytes : cases) {
        JourneyFixture f;
        const auto reply = f.send_raw(bytes);
        f.loop.run_for(2min);
        EXPECT_EQ(reply->status, 400) << bytes;
        EXPECT_EQ(reply->header("connection"), "close") << bytes;
        for (const int n : {1, 2, 3}) EXPECT_TRUE(f.provider(n).seen.empty()) << bytes;
        expect_clean(f);
    }
}

TEST(HostileClient, pipelined_requests_are_served_one_after_the_other) {
    JourneyFixture f;
    f.provider(1).next = {chat_answer("first")};
    const auto reply = f.send_raw(sized(plain) + sized(R"({"model":"last","messages":[]})"));
    f.loop.run_for(10min);
    EXPECT_NE(reply->body.find("first"), std::string::npos);
    EXPECT_EQ(f.provider(1).seen.size(), 1U);
    EXPECT_EQ(f.provider(3).seen.size(), 1U);
    expect_clean(f);
}

TEST(HostileClient, a_name_cannot_write_a_header) {
    for (const std::string name :
         {"main\\r\\nx-evil: 1", "main\\u0000", "main\\u009b2J", "main\\u202e", "main\\u2028"}) {
        JourneyFixture f;
        EXPECT_EQ(f.ask(R"({"model":")" + name + R"(","messages":[]})").status, 400) << name;
        EXPECT_EQ(f.ask(R"({"model":"main","fallbacks":[")" + name + R"("],"messages":[]})").status, 400) << name;
        EXPECT_TRUE(f.provider(1).seen.empty());
    }
}

TEST(HostileClient, a_name_beyond_our_list_reaches_its_provider_as_text_only) {
    JourneyFixture f;
    const Reply reply = f.ask(R"({"model":"p1/x\" HTTP/1.1 é ../../y?z","messages":[]})");
    ASSERT_EQ(f.provider(1).seen.size(), 1U);
    EXPECT_TRUE(f.provider(1).seen[0].starts_with("POST /v1/chat/completions HTTP/1.1\r\n")) << f.provider(1).seen[0];
    EXPECT_TRUE(f.provider(1).seen[0].ends_with(R"({"model":"x\" HTTP/1.1 é ../../y?z","messages":[]})"));
    EXPECT_EQ(reply.status, 200);
}

TEST(HostileClient, what_it_says_of_itself_is_kept_as_one_line_of_text) {
    JourneyFixture f;
    (void)f.ask(plain, "/v1/chat/completions",
                "user-agent: a\xC2\x9B"
                "2J\xFF\r\nx-signalbox-tags: team=a\xE2\x80\xAE"
                "b\r\n");
    EXPECT_EQ(f.row().user_agent, "a 2J");
    EXPECT_EQ(f.row().tags, "team=a b");
}

TEST(HostileClient, of_two_spellings_of_a_name_none_counts) {
    core::Config config = JourneyFixture::base_config();
    core::AccountConfig account;
    account.name = "ci";
    account.key = "sb-ci";
    account.models = {"main"};
    config.accounts = {account};
    JourneyFixture f(config);
    for (const char* body :
         {R"({"model":"main","Model":"last","messages":[]})", R"({"model":"main","model":"last","messages":[]})",
          R"({"model":"main","mod\u0065l":"last","messages":[]})"}) {
        EXPECT_EQ(f.ask(body, "/v1/chat/completions", "x-api-key: sb-ci\r\n").status, 400) << body;
    }
    EXPECT_TRUE(f.provider(1).seen.empty());
}

TEST(HostileClient, two_keys_are_no_key) {
    JourneyFixture f;
    EXPECT_EQ(f.ask(plain, "/v1/chat/completions", "x-api-key: a\r\nx-api-key: b\r\n").status, 400);
    EXPECT_EQ(f.ask(plain, "/v1/chat/completions", "authorization: Bearer a\r\nAuthorization: x\r\n").status, 400);
    EXPECT_TRUE(f.provider(1).seen.empty());
}

// Sends `bytes` one by one, `pause` apart; when the gateway had enough of it.
Nanos trickle(const std::string& head, const std::string& bytes, Nanos pause) {
    JourneyFixture f;
    bool over = false;
    Instant ended{};
    f.loop.spawn(
        "trickle",
        [](JourneyFixture& g, std::string first, std::string rest, Nanos every, bool& done, Instant& at) -> Task<void> {
            Result<ports::Stream> stream = co_await g.network.connect({{"127.0.0.1", 8080}, false, {}}, never);
            const std::array<std::string_view, 1> begin = {first};
            (void)co_await (*stream)->write(begin);
            const std::shared_ptr<ports::Alarm> alarm = g.loop.make_alarm();
            for (std::size_t i = 0;; i = (i + 1) % rest.size()) {
                co_await alarm->wait_until(g.loop.now() + every);
                const std::array<std::string_view, 1> piece = {std::string_view(rest).substr(i, 1)};
                Result<void> sent = co_await (*stream)->write(piece);
                if (!sent || !(*stream)->reusable()) break;
            }
            done = true;
            at = g.loop.now();
        }(f, head, bytes, pause, over, ended));
    const Instant began = f.loop.now();
    f.loop.run_for(3h);
    EXPECT_TRUE(over);
    expect_clean(f);
    EXPECT_EQ(f.gauges.connections, 0);
    return ended - began;
}

TEST(HostileClient, a_trickle_is_no_request) {
    const std::string large = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 60000000\r\n\r\n";
    const std::string chunked = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    EXPECT_LE(trickle("POST /v1/chat/completions HTTP/1.1\r\nx: ", "a", 1s), 40s);
    EXPECT_LE(trickle(large, " ", 1s), 40s);
    EXPECT_LE(trickle(chunked, "1\r\na\r\n", 1s), 40s);
    EXPECT_LE(trickle(chunked + "1;", "a", 1ms), 40s);
    EXPECT_LE(trickle(chunked, "0", 1s), 40s) << "a size that never ends";
}

TEST(HostileClient, numbers_and_depths_without_measure_are_just_that) {
    JourneyFixture f;
    const std::string deep(100'000, '[');
    const std::string closed = deep + std::string(100'000, ']');
    struct {
        std::string body;
        int status;
    } const cases[] = {
        {R"({"model":"main","messages":[],"max_tokens":9223372036854775807})", 200},
        {R"({"model":"main","messages":[],"max_tokens":9223372036854775808})", 400},
        {R"({"model":"main","messages":[],"max_tokens":1e999})", 400},
        {R"({"model":"main","messages":[],"max_completion_tokens":9223372036854775807,"max_tokens":1})", 200},
        {R"({"model":"main","messages":[)" + deep, 400},
        {R"({"model":"main","messages":)" + closed + "}", 400},
        {R"({"model":"main","messages":[],"tools":)" + closed + "}", 200},
        {R"({"model":"main","input":)" + closed + "}", 400},
        {R"({"model":"main","messages":[{"role":"user","content":)" + closed + "}]}", 400},
    };
    for (const auto& c : cases) EXPECT_EQ(f.ask(c.body).status, c.status) << c.body.substr(0, 80);
    for (const char* header :
         {"x-signalbox-deadline-ms: 9223372036854775807\r\n", "x-stainless-retry-count: 99999999999\r\n",
          "x-signalbox-deadline-ms: -1\r\n", "x-stainless-retry-count: -2147483648\r\n"}) {
        EXPECT_EQ(f.ask(plain, "/v1/chat/completions", header).status, 200) << header;
    }
    expect_clean(f);
}

// ---- providers

Script raw(const std::string& bytes, Script::End end = Script::End::keep_alive) {
    return {{{10ms, bytes}}, end};
}

struct BadAnswer {
    const char* name;
    std::string head;  // behind the status line
    std::string body;
};

class HostileProvider : public testing::TestWithParam<BadAnswer> {};

const std::string good = R"({"choices":[{"index":0,"message":{"role":"assistant","content":"mixed up"},)"
                         R"("finish_reason":"stop"}]})";

TEST_P(HostileProvider, cannot_mix_up_answers) {
    for (const std::string& request : {plain, streamed}) {
        JourneyFixture f;
        f.provider(1).next = {raw("HTTP/1.1 200 OK\r\n" + GetParam().head + "\r\n" + GetParam().body)};
        const Reply reply = f.ask(request);
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.header("x-signalbox-deployment"), "p2/s");
        EXPECT_EQ(reply.body.find("mixed up"), std::string::npos);
        EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_malformed);
        EXPECT_LE(f.provider(1).seen.size(), 2U);
        EXPECT_EQ(f.provider(1).connections, static_cast<int>(f.provider(1).seen.size())) << "none is used again";
        expect_clean(f);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Framing, HostileProvider,
    testing::Values(
        BadAnswer{"both_framings", "content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n" + good},
        BadAnswer{"two_lengths", "content-length: 2\r\ncontent-length: 5\r\n", good},
        BadAnswer{"list_of_lengths", "content-length: 2, 2\r\n", good},
        BadAnswer{"unknown_coding", "transfer-encoding: gzip, chunked\r\n", "0\r\n\r\n" + good},
        BadAnswer{"folded_line", "x: a\r\n b\r\ncontent-length: 2\r\n", good},
        BadAnswer{"bare_line_feed", "x: a\ncontent-length: 2\r\n", good},
        BadAnswer{"blank_before_colon", "content-length : 2\r\n", good},
        BadAnswer{"bad_chunk", "transfer-encoding: chunked\r\n", "zz\r\n" + good},
        BadAnswer{"size_of_two_words", "transfer-encoding: chunked\r\n", "2 0\r\n" + good},
        BadAnswer{"endless_head", "x: " + std::string(70'000, 'a') + "\r\n", good},
        BadAnswer{"129_fields",
                  [] {
                      std::string s;
                      for (int i = 0; i < 129; ++i) s += "x: y\r\n";
                      return s;
                  }(),
                  good},
        BadAnswer{"gzip", "content-encoding: gzip\r\ncontent-length: 20\r\n", "\x1f\x8b" + std::string(18, 'x')},
        BadAnswer{"deflated_events", "content-type: text/event-stream\r\ncontent-encoding: deflate\r\n",
                  content_event("mixed up")},
        BadAnswer{"brotli_as_second", "content-encoding: identity\r\ncontent-encoding: br\r\ncontent-length: 2\r\n",
                  "{}"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HostileProviders, neither_depth_nor_length_is_followed_without_end) {
    JourneyFixture f;
    f.provider(1).next = {answer(200, std::string(200'000, '['))};
    EXPECT_EQ(f.ask(plain).header("x-signalbox-deployment"), "p2/s");
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_malformed);
    f.provider(1).next = {raw_stream({"data: " + std::string(5'000'000, 'a')})};
    EXPECT_EQ(f.ask(streamed).header("x-signalbox-deployment"), "p2/s");
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_malformed);
    expect_clean(f);
}

TEST(HostileProviders, a_packed_error_keeps_its_status_and_shows_no_garbage) {
    JourneyFixture f;
    f.provider(1).next = {
        raw("HTTP/1.1 429 X\r\nretry-after: 3600\r\ncontent-encoding: gzip\r\ncontent-length: "
            "9\r\n\r\n\x1f\x8b\x08zzzzzz")};
    f.provider(2).next = {answer(500, "{}")};
    (void)f.ask(plain);
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_rate_limited);
    EXPECT_EQ(f.row().attempts[0].detail.find("zzz"), std::string::npos);
    EXPECT_NE(f.row().attempts[0].detail.find("gzip"), std::string::npos);
}

TEST(HostileProviders, an_answer_nobody_asked_for_reaches_nobody) {
    JourneyFixture f;
    const std::string whole = chat_answer("mine").parts[0].bytes;
    f.provider(1).next = {raw(whole + chat_answer("not mine").parts[0].bytes), chat_answer("mine too")};
    EXPECT_NE(f.ask(plain).body.find("mine"), std::string::npos);
    EXPECT_NE(f.ask(plain).body.find("mine too"), std::string::npos);
    EXPECT_EQ(f.provider(1).connections, 2);
}

TEST(HostileProviders, interim_answers_without_end_are_a_silence) {
    JourneyFixture f;
    Script script;
    for (int i = 0; i < 400; ++i) script.parts.push_back({1s, "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"});
    f.provider(1).next = {script};
    EXPECT_EQ(f.ask(plain).header("x-signalbox-deployment"), "p2/s");
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::header_timeout);
}

TEST(HostileProviders, a_page_is_told_as_json) {
    JourneyFixture f;
    f.provider(1).next = {raw("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nset-cookie: a=b\r\ncontent-length: " +
                              std::to_string(good.size()) + "\r\n\r\n" + good)};
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.header("content-type"), "application/json");
    EXPECT_EQ(reply.header("set-cookie"), "");
}

TEST(HostileProviders, their_words_are_one_line_of_text) {
    JourneyFixture f;
    f.provider(1).next = {
        answer(400, R"({"error":{"message":"no\r\nx-evil: 1\u001b[2J\u009b2J\u202egpj","code":"x\ny"}})")};
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.header("x-evil"), "");
    EXPECT_EQ(f.row().attempts[0].detail, "no  x-evil: 1 [2J 2J gpj");
    EXPECT_EQ(reply.body.find("\\u00"), std::string::npos) << reply.body;
}

TEST(HostileProviders, figures_without_measure_are_not_believed) {
    for (const std::string usage :
         {R"({"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807})",
          R"({"prompt_tokens":-5,"completion_tokens":-9223372036854775808})",
          R"({"prompt_tokens":1e300,"completion_tokens":"many"})", R"({"prompt_tokens":18446744073709551615})"}) {
        JourneyFixture f;
        const std::string limits =
            "x-ratelimit-remaining-tokens: 9223372036854775807\r\nx-ratelimit-limit-tokens: 9223372036854775807\r\n"
            "x-ratelimit-remaining-requests: 9223372036854775807\r\nretry-after: 1e308\r\n";
        f.provider(1).next = {answer(200, good.substr(0, good.size() - 1) + R"(,"usage":)" + usage + "}", limits)};
        for (int i = 0; i < 3; ++i) EXPECT_EQ(f.ask(plain).status, 200) << usage;
        const ports::RequestRecord row = f.row();
        EXPECT_LE(row.usage.input_tokens, limits::usage_tokens_max) << usage;
        EXPECT_GE(row.cost.value, 0);
        EXPECT_LE(row.cost.value, 3 * limits::usage_tokens_max) << usage;
    }
}

}  // namespace
}  // namespace signalbox::flow
