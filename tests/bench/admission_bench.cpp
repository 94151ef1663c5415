// What admission costs on the path of every request, on one thread.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/admission/account_limits.h"
#include "engine/core/admission/expected_output.h"
#include "engine/core/admission/token_estimate.h"
#include "engine/core/admission/wait_queue.h"
#include "engine/core/config/config.h"
#include "engine/protocol/json/decoded_size.h"

namespace signalbox {
namespace {

constexpr Instant start{1h};

// The tokens of 100 kB of text as it stands in a body. Its other cost, finding where the text ends, is the scan's.
void token_estimate(benchmark::State& state, std::string_view sentence) {
    std::string text;
    while (text.size() < 100'000) text += sentence;
    core::TokenCalibration calibration;
    for ([[maybe_unused]] auto _ : state) {
        const auto bytes = static_cast<std::int64_t>(protocol::detail::decoded_size(text));
        benchmark::DoNotOptimize(calibration.estimate(bytes));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(token_estimate, plain, "The signal box set the points and cleared the way. ");
BENCHMARK_CAPTURE(token_estimate, quoted, R"(The signal box set the points; \"clear\".\n)");
BENCHMARK_CAPTURE(token_estimate, backslashes, R"(In C:\\box\\points it says \"clear\".\n)");
BENCHMARK_CAPTURE(token_estimate, unicode, R"(\u4fe1\u53f7\u6240\u8bbe\u7f6e\u4e86\u9053\u5c94)");

void enter_top_up_settle(benchmark::State& state) {
    core::AccountConfig account;
    account.tier = "service";
    core::AccountMeter meter(core::limits_of(account));
    Instant now = start;
    for ([[maybe_unused]] auto _ : state) {
        now += 10ms;
        meter.arrived(false, now);
        core::AccountEntry entry = meter.try_enter(400, 300, now);
        meter.top_up(entry.charge, 350, now);
        meter.settle(entry.charge, {410, 350}, now);
        benchmark::DoNotOptimize(meter.finished({.client_retry = false, .upstream_calls = 1, .intent = 0}, now));
    }
}
BENCHMARK(enter_top_up_settle);

void expect_answer(benchmark::State& state) {
    core::ExpectedOutput expected;
    std::array<core::OutputKey, 256> keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        keys[i] = core::output_key(std::to_string(i), "gpt-4o-mini", core::AnswerKind::plain);
        for (int n = 0; n < 30; ++n) expected.learn(keys[i], 4'096, 600, 20 * n);
    }
    std::size_t i = 0;
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(expected.expect(keys[++i % keys.size()], 4'096));
}
BENCHMARK(expect_answer);

void learn_answer(benchmark::State& state) {
    core::ExpectedOutput expected;
    const core::OutputKey key = core::output_key("ci", "gpt-4o-mini", core::AnswerKind::plain);
    std::int64_t length = 0;
    for ([[maybe_unused]] auto _ : state) expected.learn(key, 4'096, 600, ++length % 1'000);
}
BENCHMARK(learn_answer);

// One more waiter and one served, with so many others waiting.
void queue_and_serve(benchmark::State& state) {
    core::WaitQueues queues;
    std::uint64_t n = 0;
    const auto join = [&] { return *queues.join("gpt-4o-mini", 10'000, {.account = ++n % 8, .now = start}); };
    for (std::int64_t i = 0; i < state.range(0); ++i) static_cast<void>(join());
    std::vector<core::WaitQueues::Ticket> heads;
    for ([[maybe_unused]] auto _ : state) {
        static_cast<void>(join());
        heads.clear();
        queues.heads(heads);
        queues.served("gpt-4o-mini", heads.front(), start);
    }
}
BENCHMARK(queue_and_serve)->Arg(8)->Arg(32);

}  // namespace
}  // namespace signalbox
