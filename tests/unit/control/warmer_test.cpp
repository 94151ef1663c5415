#include "engine/control/warmer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/control/load_api.h"
#include "engine/control/watchers.h"
#include "engine/sim/provider.h"
#include "tests/unit/control/watch_fixture.h"

namespace signalbox::control {
namespace {

namespace v1 = api::v1;
using core::ProviderKind;
using core::SlotPhase;

TEST(LoadApi, WhatEachKindIsAsked) {
    const auto load = [](ProviderKind kind) { return load_request({kind, "/base", "a\"b", ""}); };
    EXPECT_EQ(load(ProviderKind::ollama).target, "/base/api/generate");
    EXPECT_EQ(load(ProviderKind::ollama).body,
              R"({"model":"a\"b","stream":false})");  // no prompt: it generates nothing
    EXPECT_EQ(load(ProviderKind::llamacpp).target, "/base/models/load");
    EXPECT_EQ(load(ProviderKind::lmstudio).target, "/base/api/v1/models/load");
    EXPECT_EQ(load(ProviderKind::simulated).body, R"({"model":"a\"b"})");
    EXPECT_EQ(unload_request({ProviderKind::ollama, "", "m", ""}).body,
              R"({"model":"m","stream":false,"keep_alive":0})");
    EXPECT_EQ(unload_request({ProviderKind::lmstudio, "", "m", "m:2"}).body, R"({"instance_id":"m:2"})");
    EXPECT_EQ(unload_request({ProviderKind::lmstudio, "", "m", ""}).body, R"({"instance_id":"m"})");
    EXPECT_EQ(unload_request({ProviderKind::llamacpp, "", "m", ""}).target, "/models/unload");
    for (const ProviderKind kind : {ProviderKind::openai, ProviderKind::vllm, ProviderKind::sglang})
        EXPECT_FALSE(has_load_api(kind));
}

struct WarmerTest : testing::Test, WatchFixture {
    ~WarmerTest() override {
        if (watchers) watchers->stop();
        watchers.reset();
        servers.clear();
        loop.run_for(10min);
    }
    void begin(core::Config config) {
        router.emplace(std::make_shared<const core::Config>(std::move(config)));
        watchers.emplace(Watchers::Parts{
            loop, network, loop, random, [this] { return std::make_shared<const flow::FleetView>(view()); },
            [this] { return router->rules().table; }, [](core::LaneId, core::FreeCheck, Instant) {},
            [this](const core::Deployment& deployment, const core::SlotReport& report) {
                reports[deployment.name] = report;
            }});
        hooks = watchers->hooks();
        watchers->start();
    }
    // The router's, with as many requests as a test wants.
    [[nodiscard]] flow::FleetView view() const {
        flow::FleetView view = router->view();
        for (const auto& deployment : view.table->deployments()) {
            const auto row = in_flight.find(deployment.name);
            if (row != in_flight.end())
                view.deployments[static_cast<std::size_t>(deployment.id)].in_flight = row->second;
        }
        view.queued = queued;
        for (const core::LaneId lane : broken) {
            core::Health& health = view.lanes[static_cast<std::size_t>(lane)].health;
            for (int i = 0; i < 2; ++i)
                health.note({.code = ErrorCode::upstream_not_found, .request_id = "r"}, loop.now(),
                            view.table->config().defaults.health, 0);
        }
        return view;
    }
    CannedServer& serve(std::uint16_t at = port) {
        return *servers.emplace_back(std::make_unique<CannedServer>(loop, network, host, at));
    }
    [[nodiscard]] const core::Deployment& deployment(const std::string& name) {
        table = router->rules().table;
        return *std::ranges::find(table->deployments(), name, &core::Deployment::name);
    }
    std::optional<flow::Router> router;
    std::optional<Watchers> watchers;
    Hooks hooks;
    core::RoutingTablePtr table;
    std::vector<std::unique_ptr<CannedServer>> servers;
    std::map<std::string, std::int64_t> in_flight;  // by deployment
    std::map<std::string, std::size_t> queued;      // by model
    std::vector<core::LaneId> broken;
    std::map<std::string, core::SlotReport> reports;
};

TEST_F(WarmerTest, OllamaIsAskedToLoadWhenSomebodyWaits) {
    CannedServer& server = serve();
    server.answers["GET /api/ps"].body = R"({"models":[]})";
    server.answers["GET /api/tags"].body = R"({"models":[{"name":"m:latest"}]})";
    server.answers["POST /api/generate"] = {200, R"({"done":true,"done_reason":"load","load_duration":4000000000})", 4s,
                                            false};
    begin(config_of(ProviderKind::ollama));
    loop.run_for(30s);
    EXPECT_EQ(server.count("POST /api/generate"), 0U);  // nobody wants it
    queued["main"] = 1;
    loop.run_for(4s);
    EXPECT_EQ(server.count(R"(POST /api/generate {"model":"m","stream":false})"), 1U);
    loop.run_for(2s);
    server.answers["GET /api/ps"].body = R"({"models":[{"name":"m:latest"}]})";
    loop.run_for(60s);
    EXPECT_EQ(server.count("POST /api/generate"), 1U);  // it is there now
    EXPECT_EQ(reports["p/m"].load_time, 4s);
}

// Ollama lists a model from the moment it begins to load it.
TEST_F(WarmerTest, HearsHowLongItTookThoughItLookedWarmBefore) {
    CannedServer& server = serve();
    server.answers["GET /api/ps"].body = R"({"models":[]})";
    server.answers["GET /api/tags"].body = R"({"models":[{"name":"m:latest"}]})";
    server.answers["POST /api/generate"] = {200, R"({"done_reason":"load","load_duration":9000000000})", 9s, false};
    begin(config_of(ProviderKind::ollama));
    loop.run_for(5s);
    queued["main"] = 1;
    loop.run_for(2s);
    server.answers["GET /api/ps"].body = R"({"models":[{"name":"m:latest"}]})";
    loop.run_for(30s);
    EXPECT_EQ(server.count("POST /api/generate"), 1U);
    EXPECT_EQ(reports["p/m"].load_time, 9s);
}

TEST_F(WarmerTest, AFailedLoadIsTriedAgainEverLater) {
    CannedServer& server = serve();
    server.answers["GET /api/v1/models"].body = R"({"models":[{"key":"m","loaded_instances":[]}]})";
    server.answers["POST /api/v1/models/load"] = {500, "{}", {}, false};
    begin(config_of(ProviderKind::lmstudio));
    queued["main"] = 3;
    loop.run_for(60s);
    const std::size_t first = server.count("POST /api/v1/models/load");
    EXPECT_GE(first, 2U);
    EXPECT_LE(first, 4U);
    loop.run_for(10min);
    EXPECT_LE(server.count("POST /api/v1/models/load"), first + 5);
}

TEST_F(WarmerTest, WhatLoadsNowhereIsGivenUpThoughItSaidYes) {
    CannedServer& server = serve();
    server.answers["GET /models"].body = R"({"data":[{"id":"m","status":{"value":"unloaded"}}]})";
    server.answers["POST /models/load"].body = R"({"success":true})";
    begin(config_of(ProviderKind::llamacpp));
    queued["main"] = 1;
    loop.run_for(60s);
    EXPECT_GE(server.count("POST /models/load"), 2U);
    EXPECT_LE(server.count("POST /models/load"), 4U);
}

TEST_F(WarmerTest, NothingIsLoadedBehindAnOpenBreaker) {
    CannedServer& server = serve();
    server.answers["GET /models"].body = R"({"data":[{"id":"m","status":{"value":"unloaded"}}]})";
    begin(config_of(ProviderKind::llamacpp));
    broken = {deployment("p/m").lanes[0].id};
    queued["main"] = 5;
    loop.run_for(60s);
    EXPECT_EQ(server.count("POST /models/load"), 0U);
}

TEST_F(WarmerTest, LetsGoOfWhatItLoadedAndOfNothingElse) {
    CannedServer &first = serve(9001), &second = serve(9002), &third = serve(9003);
    core::Config config;
    core::ModelConfig model;
    model.name = "main";
    for (int i = 1; i <= 3; ++i) {
        const std::string name = "p" + std::to_string(i);
        add_provider(config, name, ProviderKind::lmstudio, "http://10.0.0.1:" + std::to_string(9000 + i));
        core::DeploymentConfig one;
        one.provider = name;
        one.model = "m";
        model.deployments.push_back(one);
    }
    config.models.push_back(model);
    const std::string loaded = R"({"models":[{"key":"m","loaded_instances":[{"id":"m:1","config":{"parallel":4}}]}]})";
    const std::string cold = R"({"models":[{"key":"m","loaded_instances":[]}]})";
    first.answers["GET /api/v1/models"].body = second.answers["GET /api/v1/models"].body = loaded;
    third.answers["GET /api/v1/models"].body = cold;
    third.answers["POST /api/v1/models/load"].body = R"({"instance_id":"m:9","load_time_seconds":3.0})";
    begin(std::move(config));
    in_flight = {{"p1/m", 4}, {"p2/m", 4}};
    queued["main"] = 1;
    loop.run_for(5s);
    EXPECT_EQ(third.count("POST /api/v1/models/load"), 1U);
    third.answers["GET /api/v1/models"].body = loaded;
    loop.run_for(10s);
    in_flight.clear();
    queued.clear();
    loop.run_for(core::WarmSet::dwell - 20s);
    EXPECT_EQ(third.count("POST /api/v1/models/unload"), 0U);
    loop.run_for(60s);
    EXPECT_EQ(third.count(R"(POST /api/v1/models/unload {"instance_id":"m:9"})"), 1U);
    EXPECT_EQ(first.count("POST") + second.count("POST"), 0U);
}

TEST_F(WarmerTest, ByHand) {
    CannedServer& server = serve();
    server.answers["GET /models"].body = R"({"data":[{"id":"m","status":{"value":"unloaded"}}]})";
    server.answers["POST /models/load"].body = R"({"success":true})";
    core::Config config = config_of(ProviderKind::llamacpp);
    add_provider(config, "cloud", ProviderKind::openai, url);
    add_model(config, "far", "cloud", "c");
    begin(std::move(config));
    loop.run_for(5s);
    EXPECT_EQ(hooks.warm(deployment("cloud/c")).error().code, ErrorCode::unavailable);
    EXPECT_TRUE(hooks.warm(deployment("p/m")));
    EXPECT_EQ(hooks.warm(deployment("p/m")).error().code, ErrorCode::unavailable);  // under way
    loop.run_for(1s);
    EXPECT_EQ(server.count("POST /models/load"), 1U);
    server.answers["GET /models"].body = R"({"data":[{"id":"m","status":{"value":"loaded"}}]})";
    loop.run_for(6s);
    EXPECT_EQ(hooks.warm(deployment("p/m")).error().code, ErrorCode::unavailable);  // loaded
}

TEST_F(WarmerTest, HeartbeatsAreAnsweredWithWhatIsWanted) {
    begin(config_of(ProviderKind::openai));
    v1::HeartbeatRequest beat;
    beat.set_provider("p");
    beat.set_memory_free_for_load_bytes(100);
    v1::HeartbeatModel& model = *beat.add_models();
    model.set_model("m");
    model.set_phase(v1::SLOT_PHASE_COLD);
    model.set_weights_bytes(200);
    const auto send = [&] {
        beat.set_sequence(beat.sequence() + 1);
        auto answer = *hooks.heartbeat(beat);
        loop.run_for(5s);
        return answer;
    };
    queued["main"] = 2;
    EXPECT_EQ(send().next_within_seconds(), 5);
    EXPECT_EQ(send().load_size(), 0);  // it has no room by its own number
    beat.set_memory_free_for_load_bytes(1000);
    EXPECT_EQ(send().load_size(), 0);
    const auto answer = send();
    ASSERT_EQ(answer.load_size(), 1);
    EXPECT_EQ(answer.load(0), "m");
    model.set_phase(v1::SLOT_PHASE_WARMING);
    (void)send();
    model.set_phase(v1::SLOT_PHASE_WARM_IDLE);
    (void)send();
    EXPECT_EQ(send().load_size(), 0);
    EXPECT_EQ(hooks.heartbeat(beat).error().code, ErrorCode::invalid_argument);  // the same sequence again
}

// A fleet of simulated machines: it grows with the demand, nobody refuses a load.
TEST_F(WarmerTest, SimulatedFleetGrowsWithTheDemand) {
    core::Config config;
    core::ModelConfig model;
    model.name = "main";
    std::vector<std::unique_ptr<sim::SimProvider>> providers;
    for (int i = 0; i < 12; ++i) {
        const std::string name = "s" + std::to_string(i);
        const auto at = static_cast<std::uint16_t>(7000 + i);
        add_provider(config, name, ProviderKind::simulated, "http://10.0.0.1:" + std::to_string(at) + "/v1");
        core::DeploymentConfig one;
        one.provider = name;
        one.model = "m";
        model.deployments.push_back(one);
        sim::ProviderScript script;
        script.models = {"m"};
        script.memory.managed = true;
        if (i == 11) script.memory.total = script.memory.weights - 1;  // it will never fit
        if (i == 0) script.memory.warm = {"m"};
        providers.push_back(std::make_unique<sim::SimProvider>(sim::SimProvider::Ports{loop, loop, random}, script));
        ports::ListenOptions options;
        options.address = {host, at};
        providers.back()->serve(std::move(*network.listen(options)));
    }
    config.models.push_back(model);
    begin(std::move(config));
    const auto warm = [&] {
        return std::ranges::count_if(reports, [](const auto& row) {
            return row.second.phase == SlotPhase::warm_idle || row.second.phase == SlotPhase::warm_busy;
        });
    };
    loop.run_for(60s);
    EXPECT_EQ(warm(), 1);
    for (int need = 1; need <= 24; ++need) {
        in_flight["s0/m"] = need;  // wherever they run
        loop.run_for(5s);
    }
    EXPECT_GE(warm(), 8);
    in_flight["s0/m"] = 100;
    loop.run_for(60s);
    EXPECT_EQ(warm(), 11);
    for (const auto& provider : providers) EXPECT_EQ(provider->memory().counters().refused_loads, 0U);
}

}  // namespace
}  // namespace signalbox::control
