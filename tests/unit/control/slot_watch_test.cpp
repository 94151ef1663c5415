#include "engine/control/slot_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/sim/provider.h"
#include "tests/unit/control/watch_fixture.h"

namespace signalbox::control {
namespace {

namespace v1 = api::v1;
using core::Provenance;
using core::ProviderKind;
using core::SlotPhase;
using core::SlotReport;

struct SlotWatchTest : testing::Test, WatchFixture {
    ~SlotWatchTest() override {
        watch.reset();
        server.reset();
        loop.run_for(10s);
    }
    void begin(core::Config config) {
        router.emplace(std::make_shared<const core::Config>(std::move(config)));
        server.emplace(loop, network, host, port);
        watch.emplace(SlotWatch::Parts{loop, network, loop, random, [this] { return router->rules().table; },
                                       [this](const core::Deployment&) { return in_use; },
                                       [this](const core::Deployment& deployment, const SlotReport& report) {
                                           told.emplace_back(deployment.name, report);
                                       }});
        watch->start();
    }
    void begin(ProviderKind kind) { begin(config_of(kind)); }
    [[nodiscard]] SlotReport report(const std::string& upstream = "m") const {
        for (const auto& deployment : router->rules().table->deployments()) {
            if (deployment.upstream == upstream) return watch->report(deployment);
        }
        return {};
    }
    [[nodiscard]] bool only_asked(std::initializer_list<std::string> allowed) const {
        return std::ranges::all_of(
            server->asked, [&](const std::string& one) { return std::ranges::find(allowed, one) != allowed.end(); });
    }
    static v1::HeartbeatRequest beat(std::int64_t sequence, v1::SlotPhase phase = v1::SLOT_PHASE_WARM_IDLE) {
        v1::HeartbeatRequest request;
        request.set_provider("p");
        request.set_sequence(sequence);
        request.add_models()->set_model("m");
        request.mutable_models(0)->set_phase(phase);
        return request;
    }
    std::optional<flow::Router> router;
    std::optional<CannedServer> server;
    std::optional<SlotWatch> watch;
    bool in_use = false;
    std::vector<std::pair<std::string, SlotReport>> told;
};

TEST_F(SlotWatchTest, OllamaLoadedColdAndTheMetadata) {
    core::Config config = config_of(ProviderKind::ollama);
    add_model(config, "other", "p", "cold-one");
    add_model(config, "cloudy", "p", "far:cloud");
    add_model(config, "gone", "p", "not-there");
    begin(std::move(config));
    server->answers["GET /api/ps"].body = R"({"models":[{"name":"m:latest","size":5000}]})";
    server->answers["GET /api/tags"].body =
        R"({"models":[{"name":"m:latest"},{"name":"cold-one:latest","size":7},{"name":"far:cloud","remote_host":"x"},
            {"name":"not-ours"}]})";
    server->answers["POST /api/show"].body =
        R"({"model_info":{"l.block_count":32,"l.attention.head_count_kv":8,"l.attention.key_length":128}})";
    loop.run_for(60s);
    EXPECT_EQ(report().phase, SlotPhase::warm_idle);
    EXPECT_EQ(report().weights, 5000);
    EXPECT_EQ(report().provenance, Provenance::measured);
    EXPECT_EQ(report().source, "ollama /api/ps");
    EXPECT_EQ(report().kv_bytes_per_token, 131'072);
    EXPECT_EQ(report().kv_provenance, Provenance::inferred);
    EXPECT_EQ(report("cold-one").phase, SlotPhase::cold);
    EXPECT_EQ(report("far:cloud").phase, SlotPhase::warm_idle);
    EXPECT_EQ(report("not-there").phase, SlotPhase::unknown);
    EXPECT_FALSE(report("not-there").trouble.empty());
    EXPECT_EQ(server->count("POST /api/show"), 2U);  // once for each that is ours and here
    EXPECT_TRUE(only_asked({"GET /api/ps", "GET /api/tags", R"(POST /api/show {"model":"m:latest"})",
                            R"(POST /api/show {"model":"cold-one:latest"})"}));
}

TEST_F(SlotWatchTest, KeepsThePace) {
    begin(ProviderKind::vllm);
    server->answers["GET /metrics"].body = "vllm:num_requests_running{model_name=\"m\"} 1\n";
    loop.run_for(300s);
    EXPECT_GE(server->count("GET /metrics"), 95U);
    EXPECT_LE(server->count("GET /metrics"), 100U);
}

TEST_F(SlotWatchTest, VllmServesItsOneModelByAnyName) {
    begin(ProviderKind::vllm);
    server->answers["GET /metrics"].body =
        "vllm:num_requests_running{model_name=\"/models/llama\"} "
        "3\nvllm:num_requests_waiting{model_name=\"/models/llama\"} 2\n"
        "vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"1000\"} 1\n";
    loop.run_for(5s);
    EXPECT_EQ(report().phase, SlotPhase::warm_busy);
    EXPECT_EQ(report().busy, 3);
    EXPECT_EQ(report().queued, 2);
    ASSERT_TRUE(core::budget_of(report()));
    EXPECT_EQ(core::budget_of(report())->bytes, 16'000);
    EXPECT_TRUE(core::budget_of(report())->preempts);
}

TEST_F(SlotWatchTest, LlamacppAloneFromLoadingToBusy) {
    begin(ProviderKind::llamacpp);
    server->answers["GET /models"].body = R"({"data":[{"id":"whatever.gguf"}]})";
    server->answers["GET /health"] = {503, R"({"error":{"code":503,"message":"Loading model"}})", {}, false};
    loop.run_for(5s);
    EXPECT_EQ(report().phase, SlotPhase::warming);
    loop.run_for(10s);
    server->answers["GET /health"] = {200, R"({"status":"ok"})", {}, false};
    server->answers["GET /props"].body = R"({"total_slots":2,"default_generation_settings":{"n_ctx":4096}})";
    server->answers["GET /slots"].body =
        R"([{"n_ctx":4096,"is_processing":true},{"n_ctx":4096,"is_processing":false}])";
    loop.run_for(5s);
    EXPECT_EQ(report().phase, SlotPhase::warm_busy);
    EXPECT_EQ(report().total, 2);
    EXPECT_EQ(report().busy, 1);
    EXPECT_EQ(report().kv_tokens, 8192);
    EXPECT_FALSE(report().preempts);
}

TEST_F(SlotWatchTest, LlamacppThatMaySleepIsNotKeptAwake) {
    begin(ProviderKind::llamacpp);
    server->answers["GET /models"].body = R"({"data":[]})";
    server->answers["GET /health"].body = "{}";
    server->answers["GET /props"].body = R"({"total_slots":2,"is_sleeping":false})";
    server->answers["GET /slots"].body = R"([{"n_ctx":4096,"is_processing":true}])";
    loop.run_for(30s);
    EXPECT_EQ(report().phase, SlotPhase::warm_idle);
    EXPECT_EQ(report().total, 2);
    EXPECT_EQ(server->count("GET /slots"), 0U);
    in_use = true;
    loop.run_for(5s);
    EXPECT_GT(server->count("GET /slots"), 0U);
    EXPECT_EQ(report().busy, 1);
    server->answers["GET /props"].body = R"({"total_slots":2,"is_sleeping":true})";
    server->asked.clear();
    loop.run_for(10s);
    EXPECT_EQ(report().phase, SlotPhase::cold);
    EXPECT_LE(server->count("GET /slots"), 0U);
}

TEST_F(SlotWatchTest, LlamacppRouterLooksOnlyIntoWhatIsLoaded) {
    core::Config config = config_of(ProviderKind::llamacpp);
    add_model(config, "b", "p", "b/c d");
    begin(std::move(config));
    in_use = true;
    server->answers["GET /models"].body =
        R"({"data":[{"id":"m","status":{"value":"unloaded"}},{"id":"b/c d","status":{"value":"loaded"}},
            {"id":"x","status":{"value":"loaded"}}]})";
    server->answers["GET /slots?model=b%2Fc%20d&autoload=false"].body = R"([{"n_ctx":10,"is_processing":true}])";
    loop.run_for(10s);
    EXPECT_EQ(report().phase, SlotPhase::cold);
    EXPECT_EQ(report("b/c d").phase, SlotPhase::warm_busy);
    EXPECT_EQ(report("b/c d").total, 1);
    EXPECT_TRUE(only_asked({"GET /models", "GET /slots?model=b%2Fc%20d&autoload=false"}));
}

TEST_F(SlotWatchTest, LmStudio) {
    begin(ProviderKind::lmstudio);
    server->answers["GET /api/v1/models"].body =
        R"({"models":[{"key":"m","size_bytes":9,"loaded_instances":[{"id":"m","config":{"parallel":4}}]}]})";
    loop.run_for(5s);
    EXPECT_EQ(report().phase, SlotPhase::warm_idle);
    EXPECT_EQ(report().total, 4);
}

TEST_F(SlotWatchTest, AFailingSourceIsUnknownAndNotCold) {
    begin(ProviderKind::vllm);
    server->answers["GET /metrics"].body = "vllm:num_requests_running{model_name=\"m\"} 1\n";
    loop.run_for(10s);
    const Instant seen = report().seen;
    for (const Canned& broken :
         {Canned{500, "oh", {}, false}, Canned{200, "garbage", {}, false}, Canned{.body = {}, .hang = true}}) {
        server->answers["GET /metrics"] = broken;
        loop.run_for(6s);
        EXPECT_FALSE(report().trouble.empty());
        EXPECT_LE(report().seen, seen + limits::slot_poll_every);
        EXPECT_EQ(report().phase, SlotPhase::warm_busy);  // the last that was seen
        EXPECT_FALSE(report().busy);                      // but that was then
    }
    EXPECT_TRUE(core::is_stale(report(), loop.now()));
    EXPECT_EQ(core::load_wait(report(), loop.now()), 0ns);
    server->answers["GET /metrics"] = {200, "vllm:num_requests_running{model_name=\"m\"} 0\n", {}, false};
    loop.run_for(6s);
    EXPECT_FALSE(core::is_stale(report(), loop.now()));
    EXPECT_TRUE(report().trouble.empty());
    EXPECT_EQ(report().phase, SlotPhase::warm_idle);
}

TEST_F(SlotWatchTest, ASlowServerIsNotAskedTwiceAtOnce) {
    begin(ProviderKind::vllm);
    server->answers["GET /metrics"] = {.body = {}, .hang = true};
    loop.run_for(60s);
    EXPECT_EQ(server->most_at_once, 1);
    EXPECT_FALSE(told.empty());
    EXPECT_EQ(told.back().second.seen, Instant{});
}

TEST_F(SlotWatchTest, CloudsAndUnusedServersAreLeftAlone) {
    core::Config config = config_of(ProviderKind::openai);
    add_provider(config, "unused", ProviderKind::ollama, url);
    begin(std::move(config));
    loop.run_for(60s);
    EXPECT_TRUE(server->asked.empty());
}

TEST_F(SlotWatchTest, HeartbeatsInOrderOnly) {
    begin(ProviderKind::openai);
    ASSERT_TRUE(watch->heartbeat(beat(5)));
    EXPECT_TRUE(watch->beats("p"));
    EXPECT_EQ(report().phase, SlotPhase::warm_idle);
    EXPECT_EQ(report().provenance, Provenance::reported);
    EXPECT_EQ(told.size(), 1U);
    for (const std::int64_t old : {5, 4, 0, -1}) {
        const auto taken = watch->heartbeat(beat(old, v1::SLOT_PHASE_COLD));
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error().code, ErrorCode::invalid_argument);
    }
    EXPECT_EQ(report().phase, SlotPhase::warm_idle);
    EXPECT_TRUE(watch->heartbeat(beat(6, v1::SLOT_PHASE_COLD)));
    EXPECT_EQ(report().phase, SlotPhase::cold);
}

TEST_F(SlotWatchTest, HeartbeatsGoStaleAndMayBeginAgain) {
    begin(ProviderKind::openai);
    loop.run_for(1s);
    ASSERT_TRUE(watch->heartbeat(beat(500)));
    loop.run_for(15s);
    EXPECT_FALSE(core::is_stale(report(), loop.now()));
    loop.run_for(1s);
    EXPECT_TRUE(core::is_stale(report(), loop.now()));
    EXPECT_FALSE(watch->beats("p"));
    EXPECT_TRUE(watch->heartbeat(beat(1)));  // it has been restarted
}

TEST_F(SlotWatchTest, HeartbeatsOfStrangersAndOfTooMuch) {
    begin(ProviderKind::openai);
    v1::HeartbeatRequest strange = beat(1);
    strange.set_provider("nobody");
    EXPECT_EQ(watch->heartbeat(strange).error().code, ErrorCode::not_found);
    v1::HeartbeatRequest large = beat(1);
    while (static_cast<std::size_t>(large.models_size()) <= limits::heartbeat_models_max) large.add_models();
    EXPECT_EQ(watch->heartbeat(large).error().code, ErrorCode::limit_reached);
    EXPECT_TRUE(told.empty());
}

TEST_F(SlotWatchTest, WhoReportsByItselfIsNotAsked) {
    begin(ProviderKind::vllm);
    for (int i = 1; i <= 12; ++i) {
        ASSERT_TRUE(watch->heartbeat(beat(i)));
        loop.run_for(5s);
    }
    EXPECT_TRUE(server->asked.empty());
    EXPECT_EQ(report().source, "heartbeat");
    loop.run_for(30s);
    EXPECT_FALSE(server->asked.empty());  // it has fallen silent
}

TEST_F(SlotWatchTest, NothingIsToldAfterStop) {
    begin(ProviderKind::vllm);
    server->answers["GET /metrics"] = {.body = "vllm:num_requests_running{model_name=\"m\"} 1\n", .after = 1s};
    loop.run_to([&] { return !server->asked.empty(); });
    watch->stop();
    loop.run_for(60s);
    EXPECT_TRUE(told.empty());
    EXPECT_EQ(server->asked.size(), 1U);
}

TEST_F(SlotWatchTest, FollowsTheConfiguration) {
    begin(ProviderKind::openai);
    loop.run_for(30s);
    EXPECT_TRUE(server->asked.empty());
    router->apply(std::make_shared<const core::Config>(config_of(ProviderKind::vllm)));
    loop.run_for(10s);
    EXPECT_FALSE(server->asked.empty());
}

// The simulated provider's own account of itself, from cold to warm.
TEST_F(SlotWatchTest, SimulatedProvider) {
    core::Config config;
    add_provider(config, "s", ProviderKind::simulated, "http://10.0.0.2:9000/v1");
    add_model(config, "main", "s", "m");
    sim::ProviderScript script;
    script.models = {"m"};
    script.slots = 8;
    script.memory.managed = true;
    sim::SimProvider provider({loop, loop, random}, script);
    ports::ListenOptions options;
    options.address = {"10.0.0.2", 9000};
    provider.serve(std::move(*network.listen(options)));
    begin(std::move(config));
    loop.run_for(4s);
    const SlotReport seen = report();
    EXPECT_TRUE(seen.trouble.empty()) << seen.trouble;
    EXPECT_EQ(seen.phase, SlotPhase::cold);
    EXPECT_EQ(seen.total, 8);
    EXPECT_EQ(seen.kv_bytes_per_token, 49'152);
    EXPECT_EQ(seen.load_time, 8s);
    EXPECT_TRUE(seen.weights && seen.free_for_load && seen.kv_budget);
    EXPECT_EQ(core::load_wait(seen, loop.now()), 8s);
    loop.run_for(60s);
    EXPECT_EQ(provider.memory().counters().loads, 0U);  // looking loads nothing
}

}  // namespace
}  // namespace signalbox::control
