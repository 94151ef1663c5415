// What the parts of a request's path cost on one thread: the decision, reading and splicing bodies, stream events,
// heads, keys. The hand-over of a record to the history is measured beside its writer, in store_bench.cpp.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/access/accounts.h"
#include "engine/core/routing/fleet.h"
#include "engine/flow/router.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/http/request_head.h"
#include "engine/protocol/json/scan.h"
#include "engine/protocol/json/splice.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox {
namespace {

constexpr std::int64_t small = 1'500, large = 100'000;  // bytes of a body

core::ConfigPtr config_with(std::int64_t deployments) {
    auto config = std::make_shared<core::Config>();
    config->providers.emplace_back().name = "mock";
    core::ModelConfig& model = config->models.emplace_back();
    model.name = "gpt-4o-mini";
    for (std::int64_t i = 0; i < deployments; ++i) {
        core::DeploymentConfig& deployment = model.deployments.emplace_back();
        deployment.provider = "mock";
        deployment.model = "gpt-4o-mini-" + std::to_string(i);
        deployment.context = 128'000;
        deployment.max_in_flight = 100;
    }
    return config;
}

Result<core::Plan> plan_for(const flow::Rules& rules) {
    core::PlanRequest request;
    request.model = "gpt-4o-mini";
    return core::make_plan(rules.table, *rules.overrides, request, Instant(1s));
}

// One decision with its reservation, and giving the place back; through the lock, as the journey does it.
void decide_and_settle(benchmark::State& state) {
    flow::Router router(config_with(state.range(0)));
    const auto rules = router.rules();
    const auto plan = plan_for(rules);
    if (!plan) return state.SkipWithError(plan.error().detail.c_str());
    auto decision = std::make_unique<core::Decision>();
    std::uint64_t draw = 0;
    for ([[maybe_unused]] auto _ : state) {
        const core::DecideInput input{
            .plan = *plan, .tried = {}, .need = {400, 100, 512, 0}, .now = Instant(1s), .draw = ++draw};
        flow::QueuePlace nowhere;
        flow::Entry entry;
        auto place = router.decide(input, nowhere, entry, {}, *decision);
        place.settle({.note = {}, .first_token_us = 300'000}, {}, Instant(2s), draw);
    }
    state.counters["candidates"] = static_cast<double>(decision->trace.size());
}
BENCHMARK(decide_and_settle)->Arg(3)->Arg(64)->Arg(1'000);

// The same with two loops at one lock.
void decide_and_settle_contended(benchmark::State& state) {
    static flow::Router router(config_with(64));
    const auto rules = router.rules();
    const auto plan = plan_for(rules);
    if (!plan) return state.SkipWithError(plan.error().detail.c_str());
    core::Decision decision;
    std::uint64_t draw = static_cast<std::uint64_t>(state.thread_index()) << 32;
    for ([[maybe_unused]] auto _ : state) {
        const core::DecideInput input{
            .plan = *plan, .tried = {}, .need = {400, 100, 512, 0}, .now = Instant(1s), .draw = ++draw};
        flow::QueuePlace nowhere;
        flow::Entry entry;
        auto place = router.decide(input, nowhere, entry, {}, decision);
        place.settle({.note = {}, .first_token_us = 300'000}, {}, Instant(2s), draw);
    }
}
BENCHMARK(decide_and_settle_contended)->Threads(2)->UseRealTime();

void make_plan(benchmark::State& state) {
    const flow::Router router(config_with(3));
    const auto rules = router.rules();
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(plan_for(rules));
    }
}
BENCHMARK(make_plan);

// Padded, as the reader wants it.
std::string chat_body(std::int64_t size) {
    std::string text;
    while (static_cast<std::int64_t>(text.size()) < size - 200)
        text += "The signal box set the points; \\\"clear\\\".\\n";
    std::string body = R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":")" + text +
                       R"("}],"temperature":0.7,"max_tokens":512,"stream":true})";
    body.reserve(body.size() + protocol::json_padding);
    return body;
}

protocol::BodyScan scanned(const std::string& body) {
    auto scan = protocol::scan_request(body, body.capacity());
    if (!scan) throw std::runtime_error(scan.error().detail);
    return *std::move(scan);
}

void scan_request(benchmark::State& state) {
    const std::string body = chat_body(state.range(0));
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(scanned(body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(scan_request)->Arg(small)->Arg(large);

void splice(benchmark::State& state) {
    const std::string body = chat_body(state.range(0));
    const auto scan = scanned(body);
    for ([[maybe_unused]] auto _ : state) {
        const protocol::Splice spliced(body, scan, {"another-model", true, true});
        benchmark::DoNotOptimize(spliced.size());
    }
}
BENCHMARK(splice)->Arg(small)->Arg(large);

constexpr std::string_view chunk =
    R"({"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1700000000,)"
    R"("model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[{"index":0,)"
    R"("delta":{"content":" country"},"logprobs":null,"finish_reason":null}]})";

void inspect_chunk(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        benchmark::DoNotOptimize(protocol::inspect_chunk(chunk, protocol::Endpoint::chat));
    }
}
BENCHMARK(inspect_chunk);

// Per event, when reads end between events (0) and when they cut them (1,000 B at a time).
void decode_events(benchmark::State& state) {
    std::string stream;
    for (int i = 0; i < 64; ++i) protocol::append_sse(stream, {}, chunk);
    const auto step = state.range(0) == 0 ? stream.size() : static_cast<std::size_t>(state.range(0));
    std::int64_t events = 0;
    for ([[maybe_unused]] auto _ : state) {
        protocol::SseDecoder decoder;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            std::string_view input = std::string_view(stream).substr(at, step);
            while (decoder.next(input).value().has_value()) ++events;
        }
    }
    state.SetItemsProcessed(events);
}
BENCHMARK(decode_events)->Arg(0)->Arg(1'000);

void parse_request_head(benchmark::State& state) {
    constexpr std::string_view request =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: application/json\r\n"
        "Content-Type: application/json\r\nUser-Agent: OpenAI/Python 1.50.0\r\nX-Stainless-Lang: python\r\n"
        "X-Stainless-Package-Version: 1.50.0\r\nX-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\n"
        "X-Stainless-Runtime: CPython\r\nX-Stainless-Runtime-Version: 3.11.2\r\nx-stainless-retry-count: 0\r\n"
        "Authorization: Bearer sk-test-0123456789abcdef0123456789abcdef\r\nContent-Length: 1500\r\n\r\n";
    for ([[maybe_unused]] auto _ : state) {
        protocol::RequestHead head;
        benchmark::DoNotOptimize(protocol::parse_request_head(request, 65'536, head));
    }
}
BENCHMARK(parse_request_head);

void find_account(benchmark::State& state) {
    core::Config config;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        core::AccountConfig& account = config.accounts.emplace_back();
        account.name = std::to_string(i);
        account.key = "sk-test-0123456789abcdef" + account.name;
    }
    const core::AccountIndex accounts(config);
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(accounts.find("sk-test-0123456789abcdef7"));
}
BENCHMARK(find_account)->Arg(10)->Arg(10'000);

}  // namespace
}  // namespace signalbox
