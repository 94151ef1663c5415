// The control API over real sockets, as an operator with curl meets it.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "engine/adapters/asio/event_loop.h"
#include "engine/control/connect_codec.h"
#include "engine/control/connect_server.h"
#include "engine/control/service.h"
#include "engine/sim/memory_store.h"
#include "tests/unit/control/fixture.h"

namespace signalbox::control {
namespace {

class CurlTest : public testing::Test {
  protected:
    void SetUp() override {
        if (std::system("curl --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: curl is not installed";
        std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-curl-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void start(const std::vector<core::ControlToken>& tokens = {}) {
        auto listener =
            loop_.network().listen({.address = {"127.0.0.1", 0}, .tls_cert = {}, .tls_key = {}, .tls_client_ca = {}});
        ASSERT_TRUE(listener);
        port_ = std::to_string((*listener)->port());
        thread_ = std::thread([this] { loop_.run(); });
        on_loop([&] {
            const auto load = [](const std::string&) { return small_config(); };
            const ServiceParts parts{loop_,   loop_,   store_, log_,
                                     router_, gauges_, meter_, {load, load, [](const auto&) {}}};
            Facts facts;
            facts.version = "1.2.3";
            service_ = std::make_unique<Service>(parts, facts, config_);
            ASSERT_TRUE(service_->start());
            server_ = std::make_unique<ConnectServer>(
                ServerParts{*service_, loop_, loop_, log_, [this] { return service_->metrics(); }},
                std::make_shared<AccessList>(tokens, true));
            server_->start(std::move(*listener));
        });
    }
    void TearDown() override {
        if (thread_.joinable()) {
            on_loop([&] {
                service_->close();
                server_->stop();
            });
            loop_.stop();
            thread_.join();
        }
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }
    template <class Work>
    void on_loop(Work work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    std::string file(const std::string& name, const std::string& bytes) {
        const auto path = directory_ / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path.string();
    }
    // What curl printed; the status stands on the last line.
    std::string curl(const std::string& arguments, const std::string& host = "127.0.0.1") {
        const std::string command = "curl -s -w '\\n%{http_code}' --max-time 20 " + arguments;
        const std::string url = "http://" + host + ":" + port_;
        std::string whole = command;
        for (auto at = whole.find("URL"); at != std::string::npos; at = whole.find("URL")) whole.replace(at, 3, url);
        FILE* pipe = popen(whole.c_str(), "r");
        std::string out;
        char buffer[4096];
        for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
        pclose(pipe);
        return out;
    }
    std::string post(const std::string& method, const std::string& body, const std::string& more = "") {
        return curl("-H 'Content-Type: application/json' --data-binary @" + file("body", body) + " " + more +
                    " URL/signalbox.v1.ControlService/" + method);
    }

    adapters::EventLoop loop_;
    sim::MemoryStore store_;
    NullLog log_;
    core::ConfigPtr config_ = std::make_shared<core::Config>(small_config());
    flow::Router router_{config_};
    flow::Gauges gauges_;
    Meter meter_{store_, loop_};
    std::unique_ptr<Service> service_;
    std::unique_ptr<ConnectServer> server_;
    std::thread thread_;
    std::string port_;
    std::filesystem::path directory_;
};

TEST_F(CurlTest, RedirectsAModelAndMeetsTheConflict) {
    start();
    const std::string body =
        R"({"from":"fast","to":"b","ttlSeconds":60,"reason":"outage","actor":"ana","idempotencyKey":"k"})";
    const auto made = post("CreateOverride", body);
    EXPECT_NE(made.find(R"("state":"active")"), std::string::npos) << made;
    EXPECT_TRUE(made.ends_with("\n200"));
    EXPECT_EQ(router_.rules().overrides->rows.size(), 1U);
    EXPECT_EQ(post("CreateOverride", body), made) << "the same key, the same override";
    const auto second = post("CreateOverride", R"({"from":"a","to":"b","ttlSeconds":60,"reason":"r","actor":"bo"})");
    EXPECT_NE(second.find(R"("conflictId":"1")"), std::string::npos) << second;
    EXPECT_TRUE(second.ends_with("\n409"));
    EXPECT_TRUE(post("EndOverride", R"({"id":1})").ends_with("\n200"));
    EXPECT_TRUE(router_.rules().overrides->rows.empty());
    EXPECT_TRUE(post("ListAudit", "{}").find("override.end") != std::string::npos);
}

TEST_F(CurlTest, HoldsABreakerAndTellsTheNearestName) {
    start();
    const auto unknown = post(
        "ActOnBreaker", R"({"target":"sim/up-a#k9","act":"hold_open","ttlSeconds":60,"reason":"r","actor":"ana"})");
    EXPECT_TRUE(unknown.ends_with("\n404")) << unknown;
    EXPECT_NE(unknown.find("sim/up-a#k1"), std::string::npos) << unknown;
    const auto held = post(
        "ActOnBreaker", R"({"target":"sim/up-a#k1","act":"hold_open","ttlSeconds":60,"reason":"bad","actor":"ana"})");
    EXPECT_TRUE(held.ends_with("\n200")) << held;
    EXPECT_NE(held.find(R"("state":"BREAKER_STATE_HELD_OPEN")"), std::string::npos) << held;
    EXPECT_NE(held.find(R"("reason":"bad")"), std::string::npos);
    EXPECT_TRUE(post("ActOnBreaker", R"({"target":"sim/up-a#k1","act":"reset","reason":"good","actor":"ana"})")
                    .ends_with("\n200"));
    const auto snapshot = post("Snapshot", "{}");
    EXPECT_EQ(snapshot.find("HELD_OPEN"), std::string::npos);
    EXPECT_NE(post("ListEvents", "{}").find("breaker_hold_open"), std::string::npos);
    EXPECT_NE(post("ListAudit", "{}").find(R"("action":"breaker.reset")"), std::string::npos);
}

TEST_F(CurlTest, DrainsATargetAndListsAccounts) {
    start();
    const auto drained = post("DrainTarget", R"({"target":"sim/up-b","reason":"work","actor":"ana"})");
    EXPECT_NE(drained.find(R"("draining":true)"), std::string::npos) << drained;
    EXPECT_NE(post("Explain", R"({"model":"b"})").find(R"("verdict":"target_draining")"), std::string::npos);
    EXPECT_EQ(post("DrainTarget", R"({"target":"sim/up-b","end":true})").find(R"("draining":true)"), std::string::npos);
    EXPECT_TRUE(post("WarmTarget", R"({"target":"sim/up-b","reason":"r","actor":"ana"})").ends_with("\n503"));
    EXPECT_NE(post("ListAccounts", "{}").find(R"("name":"ci")"), std::string::npos);
}

TEST_F(CurlTest, AReboundNameIsRefused) {
    start();
    const auto answer = curl("--resolve evil.example:" + port_ +
                                 ":127.0.0.1 -H 'Content-Type: application/json' -d '{}' "
                                 "URL/signalbox.v1.ControlService/Info",
                             "evil.example");
    EXPECT_TRUE(answer.ends_with("\n403")) << answer;
}

TEST_F(CurlTest, TokensAndRoles) {
    start({{"eyes", core::Role::viewer, "v-secret"}});
    EXPECT_TRUE(post("Info", "{}").ends_with("\n401"));
    const std::string token = "-H 'Authorization: Bearer v-secret'";
    EXPECT_NE(post("Info", "{}", token).find(R"("actor":"eyes")"), std::string::npos);
    for (const auto* method : {"CreateOverride", "ActOnBreaker", "DrainTarget", "WarmTarget", "Heartbeat"}) {
        EXPECT_TRUE(post(method, "{}", token).ends_with("\n403")) << method;
    }
    EXPECT_TRUE(post("ListAccounts", "{}", token).ends_with("\n200"));
    EXPECT_TRUE(curl("URL/metrics").ends_with("\n401"));
    EXPECT_NE(curl(token + " URL/metrics").find("signalbox_build_info"), std::string::npos);
}

TEST_F(CurlTest, OneConnectionServesManyRequests) {
    start();
    const auto three = curl(
        "URL/metrics URL/health/liveliness URL/nothing -w '%{num_connects} %{http_code}\\n' -o /dev/null "
        "-o /dev/null -o /dev/null");
    EXPECT_EQ(three, "1 200\n0 200\n0 404\n");
}

TEST_F(CurlTest, LargeBodiesUpToTheLimit) {
    start();
    const std::string two_megabytes(2 << 20, '#');
    EXPECT_TRUE(post("CheckConfig", R"({"yaml":")" + two_megabytes + "\"}").ends_with("\n200"));
    EXPECT_TRUE(post("CheckConfig", std::string(5 << 20, ' ')).ends_with("\n413"));
    EXPECT_TRUE(post("Info", "{}").ends_with("\n200"));
}

TEST_F(CurlTest, WatchStreamsEnvelopes) {
    start();
    std::string request;
    append_envelope(request, 0, "{}");
    const auto answer = curl("-N --max-time 1 -H 'Content-Type: application/connect+json' --data-binary @" +
                             file("watch", request) + " URL/signalbox.v1.ControlService/Watch");
    EnvelopeReader reader(1 << 20);
    reader.feed(answer);
    const auto first = reader.next();
    ASSERT_TRUE(first && *first) << answer;
    v1::SnapshotResponse snapshot;
    ASSERT_TRUE(decode(Encoding::json, (*first)->payload, snapshot));
    EXPECT_EQ(snapshot.models_size(), 3);
}

}  // namespace
}  // namespace signalbox::control
