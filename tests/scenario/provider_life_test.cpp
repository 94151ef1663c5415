// The life of a simulated machine's models: cold, warming, warm; its gates, and what it tells of itself for nothing.
#include <gtest/gtest.h>

#include "engine/sim/client.h"
#include "engine/sim/loop.h"
#include "engine/sim/network.h"
#include "engine/sim/provider.h"

namespace signalbox::sim {
namespace {

constexpr std::int64_t gib = 1LL << 30;

class ProviderLife : public testing::Test {
  protected:
    ProviderLife() {
        script.first_token = 10ms;
        script.tokens_per_second = 100;
        script.tokens_min = script.tokens_max = 10;
        script.models = {"m"};
        script.memory = {.managed = true, .load_time = 8s, .total = 32 * gib, .weights = 10 * gib};
    }
    ~ProviderLife() override {
        if (provider) provider->stop();
        loop.run();
    }

    void start() {
        provider = std::make_unique<SimProvider>(SimProvider::Ports{loop, loop, random}, script);
        provider->serve(*network.listen({{"10.0.0.1", 80}, {}, {}, {}}));
    }
    std::shared_ptr<ClientAnswer> send(std::string method, std::string path, std::string body) {
        auto answer = std::make_shared<ClientAnswer>();
        ClientRequest request;
        request.to.address = {"10.0.0.1", 80};
        request.method = std::move(method);
        request.path = std::move(path);
        request.body = std::move(body);
        loop.spawn("client", keep(network, loop, std::move(request), answer));
        return answer;
    }
    ClientAnswer ask(std::string method, std::string path, std::string body = {}) {
        const auto answer = send(std::move(method), std::move(path), std::move(body));
        loop.run_for(60s);
        return *answer;
    }
    ClientAnswer chat(std::string_view text = "Hello") {
        return ask("POST", "/v1/chat/completions", chat_body("m", false, text));
    }
    static ports::Task<void> keep(SimNetwork& network, SimLoop& loop, ClientRequest request,
                                  std::shared_ptr<ClientAnswer> into) {
        *into = co_await sim::ask(network, loop, std::move(request));
    }
    [[nodiscard]] std::string state() { return ask("GET", "/state").body; }

    SimLoop loop;
    SimNetwork network{loop, 1};
    SimRandom random{1};
    ProviderScript script;
    std::unique_ptr<SimProvider> provider;
};

void expect_part(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << "no " << part << " in " << text;
}

TEST_F(ProviderLife, a_request_for_a_cold_model_waits_until_it_is_loaded) {
    start();
    expect_part(state(), R"("phase":"SLOT_PHASE_COLD")");
    const auto answer = send("POST", "/v1/chat/completions", chat_body("m", false));
    loop.run_for(1s);
    EXPECT_EQ(provider->memory().phase("m", loop.now()), core::SlotPhase::warming);
    loop.run_for(60s);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->total, 8s + 10ms + 100ms);
    expect_part(state(), R"("phase":"SLOT_PHASE_WARM_IDLE")");
    EXPECT_EQ(chat().total, 110ms);
    EXPECT_EQ(provider->memory().counters().loads, 1U);
    EXPECT_EQ(provider->counters().output_tokens, 20U);
}

TEST_F(ProviderLife, is_told_to_load_and_says_when_it_will_not) {
    start();
    EXPECT_EQ(ask("POST", "/state/load", R"({"model":"m"})").status, 202);
    EXPECT_EQ(chat().total, 110ms);
    EXPECT_EQ(ask("POST", "/state/load", "{}").status, 400);
    EXPECT_EQ(ask("POST", "/state/load", R"({"model":"two"})").status, 202);
    EXPECT_EQ(ask("POST", "/state/load", R"({"model":"three"})").status, 202);
    EXPECT_EQ(ask("POST", "/state/load", R"({"model":"four"})").status, 503);
    EXPECT_EQ(provider->memory().counters().refused_loads, 1U);
    expect_part(state(), R"("memoryFreeForLoadBytes":"2147483648")");
    EXPECT_EQ(ask("POST", "/state/unload", R"({"model":"two"})").status, 200);
    EXPECT_EQ(ask("POST", "/state/load", R"({"model":"four"})").status, 202);
}

TEST_F(ProviderLife, its_headroom_counts_in_the_one_number_it_publishes) {
    script.memory.headroom = 3;
    script.memory.total = 24 * gib;  // twice the weights would fit, three times does not
    start();
    expect_part(state(), R"("memoryFreeForLoadBytes":"8589934592")");
    EXPECT_EQ(chat().status, 503);
    EXPECT_EQ(provider->memory().counters().refused_loads, 1U);
}

TEST_F(ProviderLife, turns_away_what_its_memory_does_not_hold) {
    script.memory.warm = {"m"};
    script.memory.total = 12 * gib;
    script.memory.kv_bytes_per_token = 1 << 20;  // 1843 tokens in all
    script.slots = 16;
    start();
    EXPECT_EQ(chat(std::string(4000, 'a')).status, 200);
    const auto first = send("POST", "/v1/chat/completions", chat_body("m", false, std::string(4000, 'a')));
    const auto second = send("POST", "/v1/chat/completions", chat_body("m", false, std::string(4000, 'a')));
    loop.run_for(10s);
    EXPECT_EQ(first->status + second->status, 200 + 503);
    EXPECT_EQ(provider->memory().counters().refused_kv, 1U);
    EXPECT_GT(provider->memory().counters().kv_peak, 0.5);
    EXPECT_EQ(provider->memory().kv_used(), 0);
}

TEST_F(ProviderLife, forgets_its_models_when_it_is_switched_off) {
    script.memory.warm = {"m"};
    start();
    EXPECT_EQ(chat().total, 110ms);
    provider->stop();
    loop.run();
    provider->serve(*network.listen({{"10.0.0.1", 80}, {}, {}, {}}));
    EXPECT_EQ(provider->memory().phase("m", loop.now()), core::SlotPhase::cold);
}

TEST_F(ProviderLife, answers_a_request_without_a_prompt_for_nothing) {
    const auto status_of = [&](ProviderFault fault, std::string body) {
        script.fault = fault;
        provider->set_script(script);
        return ask("POST", "/v1/images/generations", std::move(body)).status;
    };
    start();
    for (const char* body : {"{}", R"({"model":"m"})"}) {
        EXPECT_EQ(status_of(ProviderFault::none, body), 400);
        EXPECT_EQ(status_of(ProviderFault::not_found, body), 404);
        EXPECT_EQ(status_of(ProviderFault::unauthorized, body), 401);
        EXPECT_EQ(status_of(ProviderFault::server_error, body), 400);
    }
    EXPECT_EQ(provider->counters().checks, 8U);
    EXPECT_EQ(provider->memory().counters().loads, 0U);
}

TEST_F(ProviderLife, slows_down_with_its_batch) {
    script.memory.managed = false;
    script.batch_slowdown = 0.5;
    script.prefill_per_second = 1000;
    start();
    EXPECT_EQ(chat(std::string(396, 'a')).total, 10ms + 100ms + 100ms);
    const auto first = send("POST", "/v1/chat/completions", chat_body("m", true));
    const auto second = send("POST", "/v1/chat/completions", chat_body("m", true));
    loop.run_for(10s);
    EXPECT_GT(first->total, 140ms);
    EXPECT_GT(second->total, 140ms);
}

TEST_F(ProviderLife, every_shape_takes_its_own_time) {
    script.memory.managed = false;
    script.embedding_time = 30ms;
    script.image_time = 3s;
    start();
    EXPECT_EQ(ask("POST", "/v1/embeddings", R"({"model":"m","input":"x"})").total, 30ms);
    EXPECT_EQ(ask("POST", "/v1/images/generations", R"({"model":"m","prompt":"x"})").total, 3s);
}

TEST(LossyLink, delays_what_is_lost_and_loses_nothing) {
    SimLoop loop;
    SimRandom random{1};
    SimNetwork network(loop, 7);
    ProviderScript script{.first_token = 0ms, .tokens_per_second = 1e6, .tokens_min = 5, .tokens_max = 5, .slots = 100};
    SimProvider provider({loop, loop, random}, script);
    const ports::Address address{"10.0.0.1", 80};
    provider.serve(*network.listen({address, {}, {}, {}}));
    network.set_link(address, {.loss = 0.3});
    int late = 0;
    for (int i = 0; i < 50; ++i) {
        ClientRequest request;
        request.to.address = address;
        request.body = chat_body("m", true);
        ClientAnswer answer;
        loop.spawn("client", [](auto& net, auto& clock, auto asked, ClientAnswer& into) -> ports::Task<void> {
            into = co_await ask(net, clock, std::move(asked));
        }(network, loop, std::move(request), answer));
        loop.run_for(600s);
        EXPECT_TRUE(answer.done());
        late += answer.total >= 200ms ? 1 : 0;
    }
    EXPECT_GT(late, 20);
    provider.stop();
    loop.run();
}

}  // namespace
}  // namespace signalbox::sim
