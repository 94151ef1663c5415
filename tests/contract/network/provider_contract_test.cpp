// The simulated provider tells the same story on real sockets and in virtual time.
#include <string>

#include "engine/protocol/dialect/translate.h"
#include "engine/sim/client.h"
#include "engine/sim/provider.h"
#include "engine/sim/provider_answer.h"
#include "tests/contract/network/world.h"

namespace signalbox::contract {

namespace {

using protocol::Endpoint;
using sim::ClientEnd;
using sim::ProviderFault;

template <class World>
class ProviderContract : public testing::Test {
  protected:
    ProviderContract() {
        ports::ListenOptions options;
        options.address = {"127.0.0.1", 0};
        auto listener = *world.network().listen(options);
        address = {"127.0.0.1", listener->port()};
        provider.serve(std::move(listener));
    }
    ~ProviderContract() override {
        provider.stop();
        world.breathe();
    }
    sim::ClientRequest request(bool stream) {
        sim::ClientRequest request;
        request.to.address = address;
        request.body = sim::chat_body("m", stream);
        request.patience = 400ms;
        return request;
    }
    sim::ClientAnswer ask(sim::ClientRequest request) {
        return world.wait(sim::ask(world.network(), world.clock(), std::move(request)));
    }
    sim::ClientAnswer ask_with(ProviderFault fault, bool stream) {
        script.fault = fault;
        provider.set_script(script);
        return ask(request(stream));
    }

    static sim::ProviderScript quick() {
        sim::ProviderScript script;
        script.first_token = 5ms;
        script.tokens_per_second = 10'000;
        script.tokens_min = script.tokens_max = 12;
        return script;
    }

    World world;
    sim::SimRandom random{1};
    sim::ProviderScript script = quick();
    sim::SimProvider provider{{world.clock(), world.spawner(), random}, script};
    ports::Address address;
};
TYPED_TEST_SUITE(ProviderContract, Worlds);

TYPED_TEST(ProviderContract, AWholeAnswer) {
    const auto answer = this->ask(this->request(false));
    EXPECT_EQ(answer.end, ClientEnd::complete);
    EXPECT_EQ(answer.status, 200);
    const auto info = protocol::inspect_answer(answer.body, Endpoint::chat);
    EXPECT_TRUE(info.valid && info.content && !info.error);
    EXPECT_EQ(info.model, "m");
    EXPECT_EQ(info.usage.output_tokens, 12);
}

TYPED_TEST(ProviderContract, AStreamedAnswer) {
    auto request = this->request(true);
    request.body = R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]})";
    const auto answer = this->ask(std::move(request));
    EXPECT_EQ(answer.end, ClientEnd::complete);
    EXPECT_TRUE(answer.done());
    ASSERT_EQ(answer.events.size(), 1u + 12u + 1u + 1u + 1u);
    EXPECT_FALSE(protocol::inspect_chunk(answer.events[0], Endpoint::chat).content);
    EXPECT_TRUE(protocol::inspect_chunk(answer.events[1], Endpoint::chat).content);
    EXPECT_TRUE(protocol::inspect_chunk(answer.events[13], Endpoint::chat).finish);
    EXPECT_EQ(protocol::inspect_chunk(answer.events[14], Endpoint::chat).usage.output_tokens, 12);
    EXPECT_TRUE(answer.text().starts_with("A signal box"));
}

TYPED_TEST(ProviderContract, MaxTokensBoundsTheAnswer) {
    auto request = this->request(false);
    request.body = R"({"model":"m","max_tokens":3,"messages":[]})";
    const auto info = protocol::inspect_answer(this->ask(std::move(request)).body, Endpoint::chat);
    EXPECT_EQ(info.usage.output_tokens, 3);
}

TYPED_TEST(ProviderContract, TheOtherShapes) {
    for (const auto& [path, endpoint] : {std::pair{"/v1/embeddings", Endpoint::embeddings},
                                         {"/v1/images/generations", Endpoint::images},
                                         {"/v1/completions", Endpoint::completions}}) {
        auto request = this->request(false);
        request.path = path;
        request.body = R"({"model":"m","input":"x","prompt":"x"})";
        const auto answer = this->ask(std::move(request));
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_TRUE(protocol::inspect_answer(answer.body, endpoint).content) << path;
    }
    auto request = this->request(false);
    request.method = "GET";
    request.path = "/v1/models";
    request.body.clear();
    EXPECT_NE(this->ask(std::move(request)).body.find("\"simulated\""), std::string::npos);
}

TYPED_TEST(ProviderContract, AnthropicsShape) {
    constexpr protocol::DialectPair same{protocol::Dialect::anthropic, protocol::Dialect::anthropic};
    auto request = this->request(false);
    request.path = "/v1/messages";
    std::string untouched;
    const auto info = protocol::translate_answer(this->ask(request).body, same, {}, untouched);
    EXPECT_TRUE(info.valid && info.content && !info.error);
    EXPECT_EQ(info.usage.output_tokens, 12);
    request.body = sim::chat_body("m", true);
    const auto answer = this->ask(request);
    ASSERT_EQ(answer.events.size(), 3u + 12u + 3u);
    protocol::StreamTranslator stream(same, {});
    int content = 0;
    for (const std::string& data : answer.events) {
        protocol::SseEvent event;
        event.data = data;
        const auto chunk = stream.event(event, untouched);
        EXPECT_FALSE(chunk.error || chunk.malformed);
        content += chunk.content;
        EXPECT_EQ(chunk.done, &data == &answer.events.back());
    }
    EXPECT_EQ(content, 12);
    this->script.fault = ProviderFault::overloaded;
    this->provider.set_script(this->script);
    std::string words;
    const auto refused = this->ask(std::move(request));
    EXPECT_TRUE(refused.body.starts_with(R"({"type":"error","error":{"type":"overloaded_error")"));
    EXPECT_EQ(protocol::classify_error(refused.status, refused.body, words), ErrorCode::upstream_overloaded);
    EXPECT_EQ(words, "The engine is currently overloaded");
}

TYPED_TEST(ProviderContract, OneEmbeddingForEachText) {
    auto request = this->request(false);
    request.path = "/v1/embeddings";
    request.body = R"({"model":"m","input":["a, \"b\"","c]","d"]})";
    const auto body = this->ask(std::move(request)).body;
    EXPECT_NE(body.find(R"("index":2)"), std::string::npos);
    EXPECT_EQ(body.find(R"("index":3)"), std::string::npos);
}

TEST(ProviderAnswer, InputsAreCounted) {
    EXPECT_EQ(sim::count_inputs(R"({"input":"one"})"), 1);
    EXPECT_EQ(sim::count_inputs(R"({"input": [1,2,3]})"), 1);
    EXPECT_EQ(sim::count_inputs(R"({"input":[[1,2],[3]]})"), 2);
    EXPECT_EQ(sim::count_inputs(R"({"input":[]})"), 1);
    EXPECT_EQ(sim::count_inputs(R"({"input")"), 1);
    EXPECT_EQ(sim::count_inputs("{}"), 1);
}

TYPED_TEST(ProviderContract, WhatItDoesNotKnowIsNotFoundAndWhatIsNotJsonIsRefused) {
    auto unknown = this->request(false);
    unknown.path = "/v2/thing";
    EXPECT_EQ(this->ask(std::move(unknown)).status, 404);
    auto broken = this->request(false);
    broken.body = "{\"model\":";
    EXPECT_EQ(this->ask(std::move(broken)).status, 400);
}

TYPED_TEST(ProviderContract, FaultsBeforeTheAnswer) {
    for (const auto& [fault, status] : {std::pair{ProviderFault::not_found, 404},
                                        {ProviderFault::unauthorized, 401},
                                        {ProviderFault::rate_limited, 429},
                                        {ProviderFault::rate_limited_mute, 429},
                                        {ProviderFault::server_error, 500},
                                        {ProviderFault::overloaded, 503},
                                        {ProviderFault::context_overflow, 400},
                                        {ProviderFault::content_filter, 400},
                                        {ProviderFault::forbidden, 403},
                                        {ProviderFault::quota_exhausted, 429},
                                        {ProviderFault::site_overloaded, 529},
                                        {ProviderFault::bad_request, 400},
                                        {ProviderFault::status, 500}}) {
        const auto answer = this->ask_with(fault, true);
        EXPECT_EQ(answer.status, status) << core::to_string(fault);
        EXPECT_EQ(answer.header("retry-after").empty(), fault != ProviderFault::rate_limited);
    }
    EXPECT_EQ(this->ask_with(ProviderFault::silence, true).end, ClientEnd::impatient);
    EXPECT_EQ(this->ask_with(ProviderFault::reset, true).end, ClientEnd::cut);
    EXPECT_EQ(this->ask_with(ProviderFault::refused, true).status, 0);
}

TYPED_TEST(ProviderContract, HollowAnswers) {
    const auto empty = this->ask_with(ProviderFault::empty, false);
    EXPECT_EQ(empty.status, 200);
    EXPECT_FALSE(protocol::inspect_answer(empty.body, Endpoint::chat).content);
    const auto empty_stream = this->ask_with(ProviderFault::empty, true);
    EXPECT_TRUE(empty_stream.done());
    EXPECT_EQ(empty_stream.text(), "");
    EXPECT_FALSE(protocol::inspect_answer(this->ask_with(ProviderFault::garbage, false).body, Endpoint::chat).valid);
    EXPECT_FALSE(
        protocol::inspect_answer(this->ask_with(ProviderFault::malformed_event, false).body, Endpoint::chat).valid);
    EXPECT_TRUE(protocol::inspect_answer(this->ask_with(ProviderFault::error_event, false).body, Endpoint::chat).error);
}

TYPED_TEST(ProviderContract, FaultsInMidStream) {
    for (const auto fault : {ProviderFault::cut, ProviderFault::clean_cut, ProviderFault::stall}) {
        const auto answer = this->ask_with(fault, true);
        const auto expected = fault == ProviderFault::stall ? ClientEnd::impatient : ClientEnd::cut;
        EXPECT_EQ(answer.end, expected) << core::to_string(fault);
        EXPECT_FALSE(answer.done());
        const auto whole = this->ask_with(fault, false);
        EXPECT_EQ(whole.end, expected) << core::to_string(fault);
    }
    const auto missing = this->ask_with(ProviderFault::missing_done, true);
    EXPECT_EQ(missing.end, ClientEnd::complete);
    EXPECT_FALSE(missing.done());
    const auto malformed = this->ask_with(ProviderFault::malformed_event, true);
    EXPECT_TRUE(protocol::inspect_chunk(malformed.events.at(6), Endpoint::chat).malformed);
    const auto error = this->ask_with(ProviderFault::error_event, true);
    EXPECT_TRUE(protocol::inspect_chunk(error.events.back(), Endpoint::chat).error);
    const auto first = this->ask_with(ProviderFault::error_first, true);
    ASSERT_EQ(first.events.size(), 1U);
    EXPECT_TRUE(protocol::inspect_chunk(first.events.front(), Endpoint::chat).error);
}

TYPED_TEST(ProviderContract, WhatIsOnlyUnusualIsWhole) {
    const auto odd = this->ask_with(ProviderFault::odd_framing, true);
    EXPECT_EQ(odd.end, ClientEnd::complete);
    EXPECT_TRUE(odd.done());
    EXPECT_TRUE(odd.body.starts_with("\xEF\xBB\xBF"));
    EXPECT_FALSE(odd.text().empty());
    EXPECT_EQ(this->ask_with(ProviderFault::rejects_prefill, true).status, 200);
    auto prefilled = this->request(false);
    prefilled.body = R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})";
    EXPECT_EQ(this->ask(std::move(prefilled)).status, 400);
}

TYPED_TEST(ProviderContract, AClientThatLeavesFreesItsSlot) {
    this->script.slots = 1;
    this->script.first_token = 1h;
    this->provider.set_script(this->script);
    auto request = this->request(true);
    request.vanish_at = 30ms;
    EXPECT_EQ(this->ask(std::move(request)).end, ClientEnd::vanished);
    this->script.first_token = 1ms;
    this->provider.set_script(this->script);
    auto patient = this->request(true);
    patient.patience = 5s;
    EXPECT_TRUE(this->ask(std::move(patient)).done());
    EXPECT_EQ(this->provider.counters().abandoned, 1u);
}

TYPED_TEST(ProviderContract, SlotsAreTakenInTurn) {
    this->script.slots = 1;
    this->provider.set_script(this->script);
    std::vector<Pending<sim::ClientAnswer>> asked;
    for (int i = 0; i < 4; ++i)
        asked.push_back(this->world.start(sim::ask(this->world.network(), this->world.clock(), this->request(false))));
    for (const auto& one : asked) EXPECT_EQ(this->world.finish(one).status, 200);
    this->world.breathe();
    EXPECT_EQ(this->provider.counters().waiting, 0);
    EXPECT_EQ(this->provider.counters().tokens, 48u);
}

TYPED_TEST(ProviderContract, TheShareIsDrawnForEachRequest) {
    this->script.fault = ProviderFault::server_error;
    this->script.share = 0.5;
    this->provider.set_script(this->script);
    int failed = 0;
    for (int i = 0; i < 40; ++i) failed += this->ask(this->request(false)).status == 500;
    EXPECT_GT(failed, 8);
    EXPECT_LT(failed, 32);
}

TYPED_TEST(ProviderContract, AKilledProviderResetsItsClientsAndIsGone) {
    this->script.first_token = 1h;
    this->provider.set_script(this->script);
    auto asked = this->world.start(sim::ask(this->world.network(), this->world.clock(), this->request(true)));
    const auto alarm = this->world.clock().make_alarm();
    this->world.wait(alarm->wait_until(this->world.clock().now() + 50ms));
    this->provider.stop();
    EXPECT_EQ(this->world.finish(asked).end, ClientEnd::cut);
    EXPECT_EQ(this->ask(this->request(true)).end, ClientEnd::not_connected);
}

}  // namespace

}  // namespace signalbox::contract
