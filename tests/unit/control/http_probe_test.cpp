#include "engine/control/http_probe.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "engine/base/limits.h"
#include "tests/unit/control/watch_fixture.h"

namespace signalbox::control {
namespace {

struct HttpProbeTest : testing::Test, WatchFixture {
    Result<ProbeAnswer> ask(ProbeRequest request,
                            core::ProviderConfig provider = config_of(core::ProviderKind::openai).providers[0],
                            int key = -1) {
        std::optional<Result<ProbeAnswer>> answer;
        loop.spawn("probe", ask_into(answer, flow::address_of(provider, key), std::move(request)));
        const Instant began = loop.now();
        loop.run_to([&] { return answer.has_value(); });
        took = loop.now() - began;
        return *answer;
    }
    ports::Task<void> ask_into(std::optional<Result<ProbeAnswer>>& into, flow::UpstreamAddress address,
                               ProbeRequest request) {
        into = co_await http_probe(network, std::move(address), std::move(request), loop.now() + 2s);
    }
    // A server that says exactly this and ends the connection.
    ports::Task<void> say(std::string bytes) {
        Result<ports::Stream> stream = co_await listener->accept();
        std::array<char, 4096> space;
        (void)co_await (*stream)->read_some(space);
        const std::string_view piece = bytes;
        (void)co_await (*stream)->write({&piece, 1});
    }
    Result<ProbeAnswer> ask_one_that_says(std::string bytes) {
        ports::ListenOptions options;
        options.address = {host, port};
        listener = std::move(*network.listen(options));
        loop.spawn("say", say(std::move(bytes)));
        return ask({"GET", "/", {}});
    }
    std::unique_ptr<ports::Listener> listener;
    Nanos took{};
};

TEST_F(HttpProbeTest, CallsAsTheDataPlaneDoes) {
    CannedServer server(loop, network, host, port);
    server.answers["POST /x"] = {201, "made", {}, false};
    core::ProviderConfig provider = config_of(core::ProviderKind::openai).providers[0];
    provider.keys = {{"k", "sk-1", 1, {}, {}, {}}};
    provider.headers = {{"x-team", "blue"}};
    const auto answer = ask({"POST", "/x", "{}"}, provider, 0);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "made");
    EXPECT_EQ(server.asked.front(), "POST /x {}");
    const std::string& head = server.heads.front();
    for (const char* line : {"authorization: Bearer sk-1\r\n", "x-team: blue\r\n", "host: 10.0.0.1:9000\r\n",
                             "content-type: application/json\r\n", "content-length: 2\r\n"}) {
        EXPECT_NE(head.find(line), std::string::npos) << line;
    }
}

TEST_F(HttpProbeTest, EndsAtItsDeadline) {
    CannedServer server(loop, network, host, port);
    server.answers["GET /"] = {.body = {}, .hang = true};
    const auto answer = ask({"GET", "/", {}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::io_timeout);
    EXPECT_EQ(took, 2s);
}

TEST_F(HttpProbeTest, NobodyThere) {
    const auto answer = ask({"GET", "/", {}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::connect_refused);
}

TEST_F(HttpProbeTest, ChunkedInterimAndUntilTheEnd) {
    const auto chunked = ask_one_that_says(
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    ASSERT_TRUE(chunked);
    EXPECT_EQ(chunked->body, "abcde");
}

TEST_F(HttpProbeTest, BodyThatEndsWithTheConnection) {
    const auto answer = ask_one_that_says("HTTP/1.1 200 OK\r\n\r\nall of it");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "all of it");
}

TEST_F(HttpProbeTest, BrokenAnswers) {
    EXPECT_EQ(ask_one_that_says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").error().code,
              ErrorCode::stream_cut);
}

TEST_F(HttpProbeTest, GarbageIsMalformed) {
    EXPECT_EQ(ask_one_that_says("\x15\x03\x01").error().code, ErrorCode::upstream_malformed);
}

TEST_F(HttpProbeTest, SilentEndIsClosed) {
    EXPECT_EQ(ask_one_that_says("").error().code, ErrorCode::io_closed);
}

TEST_F(HttpProbeTest, ReadsOnlySoMuch) {
    CannedServer server(loop, network, host, port);
    server.answers["GET /"] = {200, std::string(limits::slot_state_max + 1, 'x'), {}, false};
    EXPECT_EQ(ask({"GET", "/", {}}).error().code, ErrorCode::body_too_large);
}

TEST(ServerRoot, StandsBesideTheOpenAiApi) {
    flow::UpstreamAddress address;
    for (const auto& [prefix, root] : std::vector<std::pair<std::string, std::string>>{
             {"/v1", ""}, {"", ""}, {"/ollama/v1", "/ollama"}, {"/proxy", "/proxy"}}) {
        address.path_prefix = prefix;
        EXPECT_EQ(server_root(address), root);
    }
}

}  // namespace
}  // namespace signalbox::control
