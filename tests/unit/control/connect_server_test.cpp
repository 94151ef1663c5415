#include "engine/control/connect_server.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/control/connect_codec.h"
#include "engine/sim/loop.h"
#include "engine/sim/network.h"

namespace signalbox::control {
namespace {

namespace v1 = api::v1;

const ports::Address address{"127.0.0.1", 8081};

class FakeBackend final : public Backend {
  public:
    void call_as(const Caller& caller, const api::MethodInfo& method, const google::protobuf::Message& request,
                 api::AnyReply reply) override {
        calls.push_back(std::string(method.name) + " by " + caller.actor);
        if (method.name == "GetConfig") return held.push_back(std::move(reply));
        if (method.name == "CreateOverride")
            return reply(std::unexpected(api::Failure{ErrorCode::conflict, "taken", 41}));
        auto answer = method.new_response();
        if (auto* found = dynamic_cast<v1::GetRequestResponse*>(answer.get())) {
            found->mutable_request()->set_id(static_cast<const v1::GetRequestRequest&>(request).id());
        }
        reply(std::move(answer));
    }
    std::unique_ptr<api::Subscription> subscribe_as(const Caller&, const api::MethodInfo&,
                                                    const google::protobuf::Message&, api::AnySink sink) override {
        struct Open final : api::Subscription {
            explicit Open(int& count) : open(count) { ++open; }
            ~Open() override { --open; }
            int& open;
        };
        sinks.push_back(std::move(sink));
        return std::make_unique<Open>(open);
    }

    std::vector<std::string> calls;
    std::vector<api::AnyReply> held;
    std::vector<api::AnySink> sinks;
    int open = 0;
};

// What one raw client saw; filled in by its coroutine.
struct Talk {
    std::string received;
    bool over = false;
    ports::Stream stream;
};

class ConnectServerTest : public testing::Test {
  protected:
    void start(const std::vector<core::ControlToken>& tokens = {}) {
        const ServerParts parts{backend_, loop_, loop_, log_, [] { return std::string("up 1\n"); }};
        server_ = std::make_unique<ConnectServer>(parts, std::make_shared<AccessList>(tokens, true));
        auto listener = network_.listen({.address = address, .tls_cert = {}, .tls_key = {}, .tls_client_ca = {}});
        ASSERT_TRUE(listener);
        server_->start(std::move(*listener));
    }
    void TearDown() override {
        if (server_) server_->stop();
        loop_.run();
        EXPECT_EQ(loop_.running(), 0U) << "every coroutine ends";
    }

    static ports::Task<void> talk(sim::SimNetwork& network, sim::SimLoop& loop, std::vector<std::string> pieces,
                                  Nanos pause, std::shared_ptr<Talk> out) {
        auto stream = co_await network.connect({.address = address, .tls = false, .proxy = {}}, never);
        EXPECT_TRUE(stream);
        out->stream = std::move(*stream);
        const auto alarm = loop.make_alarm();
        for (const std::string& piece : pieces) {
            const std::array<std::string_view, 1> bytes = {piece};
            const auto sent = co_await out->stream->write(bytes);
            if (!sent) break;
            if (pause == Nanos{}) continue;
            const bool rung = co_await alarm->wait_until(loop.now() + pause);
            static_cast<void>(rung);
        }
        std::array<char, 4096> buffer;
        for (;;) {
            const auto got = co_await out->stream->read_some(buffer);
            if (!got || *got == 0) break;
            out->received.append(buffer.data(), *got);
        }
        out->over = true;
    }
    std::shared_ptr<Talk> open_talk(std::vector<std::string> pieces, Nanos pause = {}) {
        auto out = std::make_shared<Talk>();
        loop_.spawn("client", talk(network_, loop_, std::move(pieces), pause, out));
        return out;
    }
    // Everything the server sends to a client that says `bytes` and closes nothing.
    std::string exchange(const std::string& bytes) {
        const auto client = open_talk({bytes});
        loop_.run_for(5s);
        if (!client->over) client->stream->abort();
        loop_.run_for(1s);
        return client->received;
    }
    static std::string post(const std::string& method, const std::string& body, const std::string& extra = "",
                            const std::string& type = "application/json") {
        return "POST /signalbox.v1.ControlService/" + method +
               " HTTP/1.1\r\nHost: localhost:8081\r\nContent-Type: " + type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + extra + "\r\n" + body;
    }
    static std::string enveloped(const std::string& payload) {
        std::string out;
        append_envelope(out, 0, payload);
        return out;
    }
    static int status_of(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
    static std::string body_of(const std::string& answer) {
        const auto end = answer.find("\r\n\r\n");
        return end == std::string::npos ? "" : answer.substr(end + 4);
    }
    static v1::ControlError error_of(const std::string& answer) {
        v1::ControlError error;
        EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(body_of(answer), &error).ok()) << answer;
        return error;
    }
    // The envelopes of a chunked answer, as "flags:payload".
    static std::vector<std::string> envelopes_of(const std::string& answer) {
        EnvelopeReader reader(limits::control_body_max);
        std::string chunks = body_of(answer);
        while (!chunks.empty()) {
            const auto line = chunks.find("\r\n");
            const auto size = std::stoul(chunks.substr(0, line), nullptr, 16);
            reader.feed(std::string_view(chunks).substr(line + 2, size));
            chunks.erase(0, line + 2 + size + 2);
        }
        std::vector<std::string> out;
        for (;;) {
            auto envelope = reader.next();
            if (!envelope || !*envelope) return out;
            out.push_back(std::to_string((*envelope)->flags) + ":" + (*envelope)->payload);
        }
    }

    sim::SimLoop loop_;
    sim::SimNetwork network_{loop_, 7};
    NullLog log_;
    FakeBackend backend_;
    std::unique_ptr<ConnectServer> server_;
};

TEST_F(ConnectServerTest, AnswersJsonWithJsonAndProtoWithProto) {
    start();
    const auto json = exchange(post("GetRequest", R"({"id":"x1"})"));
    EXPECT_EQ(status_of(json), 200);
    EXPECT_EQ(body_of(json), R"({"request":{"id":"x1"}})");
    EXPECT_NE(json.find("content-type: application/json\r\n"), std::string::npos) << json;
    EXPECT_EQ(json.find("access-control"), std::string::npos);

    v1::GetRequestRequest request;
    request.set_id("x2");
    v1::GetRequestResponse response;
    const auto proto = exchange(post("GetRequest", request.SerializeAsString(), "", "application/proto"));
    ASSERT_TRUE(response.ParseFromString(body_of(proto)));
    EXPECT_EQ(response.request().id(), "x2");
}

TEST_F(ConnectServerTest, KeepsTheConnectionAndTakesPipelinedRequests) {
    start();
    const auto both = exchange(post("Info", "{}") + post("GetRequest", R"({"id":"b"})"));
    EXPECT_EQ(backend_.calls, (std::vector<std::string>{"Info by local", "GetRequest by local"}));
    EXPECT_LT(both.find("200 OK"), both.rfind("200 OK"));
    EXPECT_EQ(server_->connections(), 0U) << "the client has gone";
}

TEST_F(ConnectServerTest, ARequestMayComeByteByByte) {
    start();
    std::vector<std::string> bytes;
    for (const char c : post("GetRequest", R"({"id":"slow"})")) bytes.emplace_back(1, c);
    const auto client = open_talk(bytes, 1ms);
    loop_.run_for(5s);
    EXPECT_EQ(status_of(client->received), 200);
    client->stream->abort();
}

TEST_F(ConnectServerTest, AConnectionThatNeverSaysAnythingIsGivenUpSoon) {
    start();
    const auto silent = open_talk({});
    const auto served = open_talk({post("Info", "{}")});
    loop_.run_for(limits::client_header_max + 1s);
    EXPECT_TRUE(silent->over);
    EXPECT_FALSE(served->over) << "between two requests there is more patience";
    served->stream->abort();
}

TEST_F(ConnectServerTest, RefusalsHaveConnectsForm) {
    start();
    const auto conflict = exchange(post("CreateOverride", "{}"));
    EXPECT_EQ(status_of(conflict), 409);
    EXPECT_EQ(error_of(conflict).code(), "already_exists");
    EXPECT_EQ(error_of(conflict).reason(), "conflict");
    EXPECT_EQ(error_of(conflict).conflict_id(), 41);
    EXPECT_EQ(status_of(exchange(post("GetRequest", "{"))), 400);
    EXPECT_EQ(status_of(exchange(post("GetRequest", "\xff", "", "application/proto"))), 400);
    EXPECT_EQ(status_of(exchange(post("NoSuchMethod", "{}"))), 404);
    EXPECT_EQ(status_of(exchange(post("Info", "{}", "", "text/plain"))), 415);
    EXPECT_EQ(status_of(exchange(post("Info", "{}", "Content-Encoding: gzip\r\n"))), 415);
    EXPECT_EQ(status_of(exchange(post("Info", "{}", "", "application/connect+json"))), 415);
    EXPECT_EQ(status_of(exchange(post("Watch", "{}"))), 415);
}

TEST_F(ConnectServerTest, OtherPathsAndVerbs) {
    start();
    const std::string host = " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    EXPECT_EQ(status_of(exchange("GET /" + host)), 404);
    EXPECT_EQ(status_of(exchange("GET /signalbox.v1.ControlService/Info" + host)), 405);
    EXPECT_EQ(status_of(exchange("OPTIONS /signalbox.v1.ControlService/Info" + host)), 405);
    EXPECT_EQ(body_of(exchange("GET /metrics" + host)), "up 1\n");
    EXPECT_EQ(body_of(exchange("HEAD /metrics" + host)), "");
    EXPECT_EQ(status_of(exchange("POST /metrics" + host)), 404);
    EXPECT_EQ(status_of(exchange("GET /health/liveliness" + host)), 200);
    EXPECT_TRUE(backend_.calls.empty());
}

TEST_F(ConnectServerTest, AForeignHostNameIsRefusedWithoutTokens) {
    start();
    const auto answer = exchange(
        "POST /signalbox.v1.ControlService/Info HTTP/1.1\r\nHost: evil.example\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(status_of(answer), 403);
    EXPECT_EQ(status_of(exchange("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n")), 403);
    EXPECT_TRUE(backend_.calls.empty());
}

TEST_F(ConnectServerTest, RolesDecide) {
    start({{"eyes", core::Role::viewer, "v"}, {"ops", core::Role::operator_, "o"}});
    const auto as = [&](const std::string& token, const std::string& method) {
        return exchange(post(method, "{}", token.empty() ? "" : "Authorization: Bearer " + token + "\r\n"));
    };
    EXPECT_EQ(status_of(as("", "Info")), 401);
    EXPECT_NE(as("", "Info").find("www-authenticate: Bearer"), std::string::npos);
    EXPECT_EQ(status_of(as("wrong", "Info")), 401);
    EXPECT_EQ(status_of(as("v", "Info")), 200);
    EXPECT_EQ(status_of(as("v", "CreateOverride")), 403);
    EXPECT_EQ(status_of(as("o", "CreateOverride")), 409);
    EXPECT_EQ(backend_.calls, (std::vector<std::string>{"Info by eyes", "CreateOverride by ops"}));
    const std::string host = " HTTP/1.1\r\nHost: x\r\n";
    EXPECT_EQ(status_of(exchange("GET /metrics" + host + "\r\n")), 401);
    EXPECT_EQ(status_of(exchange("GET /metrics" + host + "Authorization: Bearer v\r\n\r\n")), 200);
    EXPECT_EQ(status_of(exchange("GET /health/liveliness" + host + "\r\n")), 200);
    server_->set_access(std::make_shared<AccessList>(std::vector<core::ControlToken>{}, true));
    EXPECT_EQ(status_of(as("", "Info")), 200) << "a reload takes effect on the next request";
}

TEST_F(ConnectServerTest, GarbageAndExcessAreToldOnceAndClosed) {
    start();
    EXPECT_EQ(status_of(exchange("\x16\x03\x01 hello\r\n\r\n")), 400);
    EXPECT_EQ(status_of(exchange("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n")), 431);
    EXPECT_EQ(status_of(exchange("POST /signalbox.v1.ControlService/Info HTTP/1.1\r\nHost: localhost\r\n"
                                 "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n")),
              413);
    const auto client = open_talk({"nonsense\r\n\r\n"});
    loop_.run_for(1s);
    EXPECT_TRUE(client->over);
    EXPECT_EQ(status_of(exchange(post("Info", "{}"))), 200);
}

TEST_F(ConnectServerTest, AChunkedBodyIsTakenUpToTheLimit) {
    start();
    const std::string head =
        "POST /signalbox.v1.ControlService/GetRequest HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(body_of(exchange(head + "4\r\n{\"id\r\n5\r\n\":\"c\"\r\n1\r\n}\r\n0\r\n\r\n")),
              R"({"request":{"id":"c"}})");
    const std::string chunk = "100000\r\n" + std::string(0x100000, ' ') + "\r\n";
    std::string flood = head;
    for (int i = 0; i < 5; ++i) flood += chunk;
    EXPECT_EQ(status_of(exchange(flood)), 413);
}

TEST_F(ConnectServerTest, WaitsForPermissionToSendABody) {
    start();
    const auto whole = post("Info", "{}", "Expect: 100-continue\r\n");
    const auto cut = whole.find("\r\n\r\n") + 4;
    const auto polite = open_talk({whole.substr(0, cut), whole.substr(cut)}, 1s);
    loop_.run_for(3s);
    EXPECT_TRUE(polite->received.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) << polite->received;
    EXPECT_NE(polite->received.find("200 OK"), std::string::npos);
    polite->stream->abort();
}

TEST_F(ConnectServerTest, ASlowHeadOrBodyEndsAtItsDeadline) {
    start();
    const auto head = open_talk(std::vector<std::string>(100, "GET"), 1s);
    const auto whole = post("Info", "{}");
    const auto body = open_talk({whole.substr(0, whole.size() - 1)});
    loop_.run_for(limits::client_header_max + limits::client_body_idle_max);
    loop_.run_for(120s);
    EXPECT_TRUE(head->over);
    EXPECT_EQ(status_of(body->received), 408);
    EXPECT_TRUE(body->over);
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ConnectServerTest, ConnectionsAreBounded) {
    start();
    std::vector<std::shared_ptr<Talk>> clients;
    for (std::size_t i = 0; i < limits::control_connections_max + 3; ++i) clients.push_back(open_talk({}));
    loop_.run_for(1s);
    EXPECT_EQ(server_->connections(), limits::control_connections_max);
    EXPECT_TRUE(clients.back()->over);
    for (const auto& client : clients) client->stream->abort();
    loop_.run_for(1s);
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ConnectServerTest, ALateAnswerArrivesAndOneAfterTheClientLeftHarmsNobody) {
    start();
    const auto patient = open_talk({post("GetConfig", "{}")});
    const auto hasty = open_talk({post("GetConfig", "{}")});
    loop_.run_for(1s);
    ASSERT_EQ(backend_.held.size(), 2U);
    hasty->stream->abort();
    loop_.run_for(1s);
    for (auto& reply : backend_.held) reply(std::make_unique<v1::GetConfigResponse>());
    loop_.run_for(1s);
    EXPECT_EQ(status_of(patient->received), 200);
    patient->stream->abort();
}

TEST_F(ConnectServerTest, StreamsMessagesAndTheirEnd) {
    start();
    const auto client = open_talk({post("Watch", enveloped("{}"), "", "application/connect+json")});
    loop_.run_for(1s);
    ASSERT_EQ(backend_.sinks.size(), 1U);
    EXPECT_EQ(status_of(client->received), 200);
    v1::SnapshotResponse snapshot;
    snapshot.set_sequence(1);
    backend_.sinks[0].next(snapshot);
    loop_.run_for(1s);
    EXPECT_EQ(envelopes_of(client->received), std::vector<std::string>{R"(0:{"sequence":"1"})"});
    backend_.sinks[0].ended({ErrorCode::unavailable, "bye"});
    loop_.run_for(1s);
    const auto all = envelopes_of(client->received);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1], R"(2:{"error":{"code":"unavailable","message":"bye","reason":"unavailable"}})");
    EXPECT_EQ(backend_.open, 0);
    client->stream->abort();
}

TEST_F(ConnectServerTest, OfManySnapshotsTheLatestIsSent) {
    start();
    const auto client = open_talk({post("Watch", enveloped(""), "", "application/connect+proto")});
    loop_.run_for(1s);
    v1::SnapshotResponse snapshot;
    for (int i = 1; i <= 5; ++i) {
        snapshot.set_sequence(i);
        backend_.sinks[0].next(snapshot);
    }
    loop_.run_for(1s);
    EXPECT_EQ(envelopes_of(client->received), std::vector<std::string>{"0:" + snapshot.SerializeAsString()});
    client->stream->abort();
}

TEST_F(ConnectServerTest, ATailThatIsNotReadJoinsAndCounts) {
    start();
    const auto client = open_talk({post("TailRequests", enveloped(""), "", "application/connect+proto")});
    loop_.run_for(1s);
    v1::TailRequestsResponse rows;
    for (int i = 0; i < 1000; ++i) rows.add_requests();
    for (int i = 0; i < 6; ++i) backend_.sinks[0].next(rows);
    loop_.run_for(1s);
    int got = 0;
    std::int64_t dropped = 0;
    for (const auto& envelope : envelopes_of(client->received)) {
        v1::TailRequestsResponse message;
        ASSERT_TRUE(message.ParseFromString(envelope.substr(2)));
        got += message.requests_size();
        dropped += message.dropped();
    }
    EXPECT_EQ(got + dropped, 6000);
    EXPECT_EQ(dropped, 6000 - static_cast<std::int64_t>(limits::tail_queue_max));
    client->stream->abort();
}

TEST_F(ConnectServerTest, AStreamsRefusalIsItsEnd) {
    start({{"eyes", core::Role::viewer, "v"}});
    const std::string auth = "Authorization: Bearer v\r\n";
    for (const std::string& body : {enveloped("{"), enveloped("{}") + enveloped("{}"), std::string("\x00\x00", 2),
                                    std::string("\x01\x00\x00\x00\x00", 5), std::string()}) {
        const auto all = envelopes_of(exchange(post("Watch", body, auth, "application/connect+json")));
        ASSERT_EQ(all.size(), 1U);
        EXPECT_TRUE(all[0].starts_with(R"(2:{"error":{"code":"invalid_argument")")) << all[0];
    }
    EXPECT_TRUE(backend_.sinks.empty());
}

TEST_F(ConnectServerTest, AClientThatLeavesEndsItsSubscription) {
    start();
    const auto client = open_talk({post("Watch", enveloped("{}"), "", "application/connect+json")});
    loop_.run_for(1s);
    EXPECT_EQ(backend_.open, 1);
    client->stream->abort();
    loop_.run_for(1s);
    EXPECT_EQ(backend_.open, 0);
    backend_.sinks[0].next(v1::SnapshotResponse{});  // one that was under way
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ConnectServerTest, StoppingEndsStreamsAndRefusesNewcomers) {
    start();
    const auto client = open_talk({post("Watch", enveloped("{}"), "", "application/connect+json")});
    loop_.run_for(1s);
    server_->stop();
    loop_.run_for(1s);
    EXPECT_TRUE(client->over);
    EXPECT_EQ(backend_.open, 0);
    EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace signalbox::control
