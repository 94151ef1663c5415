#include "engine/control/free_checks.h"

#include <gtest/gtest.h>

#include "engine/control/free_question.h"
#include "engine/sim/provider.h"
#include "tests/unit/control/watch_fixture.h"

namespace signalbox::control {
namespace {

using core::FreeCheck;
using core::ProviderKind;

FreeQuestion question_of(ProviderKind kind, core::Shape shape = core::Shape::chat, const std::string& upstream = "m") {
    const core::ProviderConfig provider = WatchFixture::config_of(kind).providers[0];
    core::Deployment deployment;
    deployment.upstream = upstream;
    deployment.shape = shape;
    flow::UpstreamAddress address = flow::address_of(provider, -1);
    if (address.path_prefix.empty()) address.path_prefix = "/v1";
    return free_question(provider, deployment, address);
}

FreeCheck verdict(ProviderKind kind, int status, const std::string& body, ErrorCode cause) {
    return judge(question_of(kind), ProbeAnswer{status, body}, cause);
}

TEST(FreeQuestion, CloudsAreAskedTheRouteWithoutAPrompt) {
    const FreeQuestion chat = question_of(ProviderKind::openai);
    EXPECT_EQ(chat.request.method, "POST");
    EXPECT_EQ(chat.request.target, "/v1/chat/completions");
    EXPECT_EQ(chat.request.body, R"({"model":"m"})");
    EXPECT_EQ(question_of(ProviderKind::vllm, core::Shape::embedding).request.target, "/v1/embeddings");
    EXPECT_EQ(question_of(ProviderKind::openai, core::Shape::image).request.target, "/v1/images/generations");
    EXPECT_EQ(question_of(ProviderKind::openai, core::Shape::chat, "a\"b").request.body, R"({"model":"a\"b"})");
}

TEST(FreeQuestion, ClassicAzureIsAskedAtTheDeployment) {
    const FreeQuestion chat = question_of(ProviderKind::azure);
    EXPECT_EQ(chat.request.target, "/openai/deployments/m/chat/completions?api-version=2024-10-21");
    EXPECT_EQ(chat.request.body, R"({"model":"m"})");
    EXPECT_EQ(question_of(ProviderKind::azure, core::Shape::chat, "").request.target,
              "/openai/models?api-version=2024-10-21");
    constexpr auto gone = ErrorCode::upstream_not_found;
    EXPECT_EQ(verdict(ProviderKind::azure, 404, R"({"error":{"code":"DeploymentNotFound","message":"none"}})", gone),
              FreeCheck::dead);
    EXPECT_EQ(
        verdict(ProviderKind::azure, 400,
                R"({"error":{"message":"'messages' is a required property","type":"invalid_request_error"}})", gone),
        FreeCheck::alive);
    EXPECT_EQ(verdict(ProviderKind::azure, 401, R"({"error":{"code":"401","message":"Access denied"}})", gone),
              FreeCheck::dead);
}

TEST(FreeQuestion, TheNewAzureIsAskedAsOpenAIIs) {
    core::ProviderConfig provider = WatchFixture::config_of(ProviderKind::azure).providers[0];
    provider.base_url += "/openai/v1";
    core::Deployment deployment;
    deployment.upstream = "m";
    EXPECT_EQ(free_question(provider, deployment, flow::address_of(provider, -1)).request.target,
              "/openai/v1/chat/completions");
}

TEST(FreeQuestion, ServersThatLoadOnDemandAreOnlyAskedWhatTheyHave) {
    for (const ProviderKind kind : {ProviderKind::ollama, ProviderKind::llamacpp, ProviderKind::lmstudio}) {
        EXPECT_EQ(question_of(kind).request.method, "GET");
        EXPECT_TRUE(question_of(kind).request.body.empty());
    }
    EXPECT_EQ(question_of(ProviderKind::ollama).request.target, "/api/tags");
    EXPECT_EQ(question_of(ProviderKind::llamacpp).request.target, "/health");
    EXPECT_EQ(question_of(ProviderKind::lmstudio).request.target, "/v1/models");
    EXPECT_EQ(question_of(ProviderKind::openai, core::Shape::chat, "").request.target, "/v1/models");
    EXPECT_EQ(question_of(ProviderKind::bfl, core::Shape::image).words(), "GET /v1/credits");
}

TEST(JudgeFreeCheck, RouteAnswers) {
    constexpr auto gone = ErrorCode::upstream_not_found;
    const auto of = [](int status, const std::string& body = "{}") {
        return verdict(ProviderKind::openai, status, body, gone);
    };
    EXPECT_EQ(of(400), FreeCheck::alive);
    EXPECT_EQ(of(422), FreeCheck::alive);
    EXPECT_EQ(of(200), FreeCheck::alive);
    for (const int status : {404, 410, 401, 403}) EXPECT_EQ(of(status), FreeCheck::dead) << status;
    for (const int status : {402, 405, 408, 413, 429, 500, 502, 503, 302})
        EXPECT_EQ(of(status), FreeCheck::cannot_tell) << status;
    EXPECT_EQ(of(400, R"({"error":{"message":"The model `m` does not exist","code":"model_not_found"}})"),
              FreeCheck::dead);
    EXPECT_EQ(of(400, R"({"error":{"message":"bad key","code":"invalid_api_key"}})"), FreeCheck::dead);
}

TEST(JudgeFreeCheck, WithoutAnAnswer) {
    const FreeQuestion question = question_of(ProviderKind::openai);
    for (const auto code :
         {ErrorCode::connect_refused, ErrorCode::connect_timeout, ErrorCode::dns_failed, ErrorCode::tls_failed})
        EXPECT_EQ(judge(question, fail(code), code), FreeCheck::dead);
    for (const auto code :
         {ErrorCode::io_timeout, ErrorCode::io_reset, ErrorCode::upstream_malformed, ErrorCode::body_too_large})
        EXPECT_EQ(judge(question, fail(code), ErrorCode::connect_refused), FreeCheck::cannot_tell);
}

TEST(JudgeFreeCheck, PresenceTellsOnlyOfTheConnection) {
    EXPECT_EQ(verdict(ProviderKind::llamacpp, 200, "{}", ErrorCode::connect_refused), FreeCheck::alive);
    EXPECT_EQ(verdict(ProviderKind::llamacpp, 503, "{}", ErrorCode::connect_refused), FreeCheck::cannot_tell);
    EXPECT_EQ(verdict(ProviderKind::llamacpp, 200, "{}", ErrorCode::upstream_not_found), FreeCheck::cannot_tell);
    EXPECT_EQ(verdict(ProviderKind::lmstudio, 200, "{}", ErrorCode::upstream_unauthorized), FreeCheck::cannot_tell);
    EXPECT_EQ(verdict(ProviderKind::lmstudio, 404, "{}", ErrorCode::upstream_not_found), FreeCheck::cannot_tell);
}

TEST(JudgeFreeCheck, OllamaKnowsWhatItHas) {
    constexpr auto gone = ErrorCode::upstream_not_found;
    EXPECT_EQ(verdict(ProviderKind::ollama, 200, R"({"models":[{"name":"m:latest"}]})", gone), FreeCheck::alive);
    EXPECT_EQ(verdict(ProviderKind::ollama, 200, R"({"models":[{"name":"m:8b"}]})", gone), FreeCheck::dead);
    EXPECT_EQ(verdict(ProviderKind::ollama, 200, "garbage", gone), FreeCheck::cannot_tell);
}

TEST(JudgeFreeCheck, AListingTellsOfTheKey) {
    const FreeQuestion listing = question_of(ProviderKind::openai, core::Shape::chat, "");
    EXPECT_EQ(judge(listing, ProbeAnswer{200, "{}"}, ErrorCode::upstream_unauthorized), FreeCheck::alive);
    EXPECT_EQ(judge(listing, ProbeAnswer{401, "{}"}, ErrorCode::upstream_unauthorized), FreeCheck::dead);
    EXPECT_EQ(judge(listing, ProbeAnswer{200, "{}"}, ErrorCode::upstream_not_found), FreeCheck::cannot_tell);
    EXPECT_EQ(verdict(ProviderKind::bfl, 200, R"({"credits":7})", ErrorCode::upstream_unauthorized), FreeCheck::alive);
    EXPECT_EQ(verdict(ProviderKind::bfl, 403, "{}", ErrorCode::upstream_unauthorized), FreeCheck::dead);
    EXPECT_EQ(verdict(ProviderKind::bfl, 200, R"({"credits":7})", ErrorCode::upstream_not_found),
              FreeCheck::cannot_tell);
}

struct FreeChecksTest : testing::Test, WatchFixture {
    explicit FreeChecksTest() { use(config_of(ProviderKind::openai)); }
    ~FreeChecksTest() override {
        checks.reset();
        loop.run_for(10s);
    }
    void use(core::Config config) {
        router.emplace(std::make_shared<const core::Config>(std::move(config)));
        view = router->view();
    }
    // Opens the breaker of one lane.
    void open(core::LaneId lane, ErrorCode cause) {
        core::Health& health = view.lanes[static_cast<std::size_t>(lane)].health;
        while (health.state() != core::BreakerState::open)
            health.note({.code = cause, .request_id = "r"}, loop.now(), view.table->config().defaults.health, 0);
    }
    void start() {
        checks.emplace(FreeChecks::Parts{
            loop, network, loop, random, [this] { return std::make_shared<const flow::FleetView>(view); },
            [this](core::LaneId lane, FreeCheck check, Instant) { told.emplace_back(lane, check); }});
        checks->start();
    }
    std::optional<flow::Router> router;
    flow::FleetView view;
    std::optional<FreeChecks> checks;
    std::vector<std::pair<core::LaneId, FreeCheck>> told;
};

TEST_F(FreeChecksTest, AsksWhatIsOpenOnceAMinute) {
    CannedServer server(loop, network, host, port);
    start();
    loop.run_for(5min);
    EXPECT_TRUE(server.asked.empty());  // nothing is open
    open(0, ErrorCode::upstream_not_found);
    loop.run_for(10min);
    EXPECT_GE(told.size(), 9U);
    EXPECT_LE(told.size(), 11U);
    for (const auto& [lane, check] : told) EXPECT_EQ(check, FreeCheck::dead);
    EXPECT_EQ(server.asked.front(), R"(POST /chat/completions {"model":"m"})");
    const auto note = checks->last(0);
    ASSERT_TRUE(note);
    EXPECT_EQ(note->verdict, FreeCheck::dead);
    EXPECT_EQ(note->text, "POST /chat/completions without a prompt answered 404");
    EXPECT_GT(note->next, loop.now());
}

TEST_F(FreeChecksTest, TellsTheRepairWithinThePace) {
    CannedServer server(loop, network, host, port);
    start();
    open(0, ErrorCode::upstream_not_found);
    loop.run_for(10min);
    server.answers["POST /chat/completions"] = {400, R"({"error":{"message":"messages is required"}})", {}, false};
    told.clear();
    loop.run_for(67s);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().second, FreeCheck::alive);
}

TEST_F(FreeChecksTest, OnlyWhereItCanTellAndNobodyHoldsIt) {
    CannedServer server(loop, network, host, port);
    start();
    open(0, ErrorCode::upstream_server_error);
    loop.run_for(5min);
    EXPECT_TRUE(told.empty());
    view = router->view();
    open(0, ErrorCode::upstream_not_found);
    view.lanes[0].health.hold(core::HoldKind::open, never);
    loop.run_for(5min);
    EXPECT_TRUE(told.empty());
}

TEST_F(FreeChecksTest, ForgetsWhatIsClosedAgain) {
    CannedServer server(loop, network, host, port);
    start();
    open(0, ErrorCode::upstream_not_found);
    loop.run_for(2min);
    EXPECT_TRUE(checks->last(0));
    view.lanes[0].health.reset(loop.now());
    loop.run_for(2s);
    EXPECT_FALSE(checks->last(0));
}

TEST_F(FreeChecksTest, UsesTheLanesOwnKey) {
    core::Config config = config_of(ProviderKind::openai);
    config.providers[0].keys = {{"k1", "sk-1", 1, {}, {}, {}}, {"k2", "sk-2", 1, {}, {}, {}}};
    use(std::move(config));
    CannedServer server(loop, network, host, port);
    start();
    const core::Lane& second = view.table->deployments()[0].lanes[1];
    open(second.id, ErrorCode::upstream_unauthorized);
    loop.run_for(70s);
    ASSERT_FALSE(server.heads.empty());
    EXPECT_NE(server.heads.front().find("Bearer sk-2"), std::string::npos);
    EXPECT_EQ(checks->last(second.id)->text.find("sk-2"), std::string::npos);
}

TEST_F(FreeChecksTest, AFewAtATimeAndEveryoneGetsATurn) {
    core::Config config = config_of(ProviderKind::openai);
    for (int i = 0; i < 40; ++i) add_model(config, "m" + std::to_string(i), "p", "up" + std::to_string(i));
    use(std::move(config));
    CannedServer server(loop, network, host, port);
    server.answers["POST /chat/completions"] = {.body = {}, .hang = true};
    start();
    for (const auto& deployment : view.table->deployments())
        if (!deployment.upstream.empty()) open(deployment.lanes[0].id, ErrorCode::upstream_not_found);
    loop.run_for(3min);
    EXPECT_EQ(server.most_at_once, FreeChecks::at_once);
    std::map<core::LaneId, int> times;
    for (const auto& [lane, check] : told) {
        EXPECT_EQ(check, FreeCheck::cannot_tell);  // each took all of its five seconds
        ++times[lane];
    }
    EXPECT_EQ(times.size(), 41U);
}

TEST_F(FreeChecksTest, NothingIsToldAfterStop) {
    CannedServer server(loop, network, host, port);
    server.answers["POST /chat/completions"] = {.status = 400, .body = {}, .after = 3s};
    start();
    open(0, ErrorCode::upstream_not_found);
    loop.run_to([&] { return !server.asked.empty(); });
    checks->stop();
    loop.run_for(10min);
    EXPECT_TRUE(told.empty());
    EXPECT_EQ(server.asked.size(), 1U);
}

// The question costs a provider nothing: the simulated one counts what it was made to do.
TEST_F(FreeChecksTest, MakesNobodyGenerate) {
    core::Config config = config_of(ProviderKind::simulated);
    config.providers[0].base_url = std::string(url) + "/v1";
    use(std::move(config));
    sim::SimProvider provider({loop, loop, random}, {.fault = sim::ProviderFault::not_found});
    ports::ListenOptions options;
    options.address = {host, port};
    provider.serve(std::move(*network.listen(options)));
    start();
    open(0, ErrorCode::upstream_not_found);
    loop.run_for(5min);
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back().second, FreeCheck::dead);
    provider.set_script({});
    loop.run_for(2min);
    EXPECT_EQ(told.back().second, FreeCheck::alive);
    EXPECT_EQ(provider.counters().tokens, 0U);
    EXPECT_EQ(provider.counters().output_tokens, 0U);
}

}  // namespace
}  // namespace signalbox::control
