// What money costs a request: a hold and its post in memory; how fast the writer takes entries.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/adapters/sqlite/sqlite_ledger.h"
#include "engine/core/ledger/ledger.h"
#include "tests/contract/store/temp_folder.h"

namespace signalbox {
namespace {

using core::Ledger;

constexpr WallTime noon{1'780'056'000'000'000};
constexpr std::size_t hand_over = 64;  // entries at a time, as a busy router does

Ledger funded(std::int64_t accounts) {
    Ledger ledger;
    std::vector<core::MoneyAccount> list;
    for (std::int64_t i = 0; i < accounts; ++i) {
        list.push_back({"account-" + std::to_string(i), MicroUsd{1'000'000'000'000'000}, 24h});
    }
    ledger.configure(list, noon);
    ledger.confirm(ledger.outbox().back().id);
    ledger.outbox().clear();
    return ledger;
}

// One hold and its post, with range(0) others live at a time on range(1) accounts.
void hold_and_post(benchmark::State& state) {
    auto ledger = funded(state.range(1));
    std::deque<core::HoldId> live;
    int turn = 0;
    const auto hold = [&] {
        const auto account = turn++ % static_cast<int>(state.range(1));
        const auto answer = ledger.hold(account, {400}, Instant{1h}, noon);
        if (!answer.id) state.SkipWithError("refused");
        live.push_back(answer.id);
    };
    for (std::int64_t i = 0; i < state.range(0); ++i) hold();
    for ([[maybe_unused]] auto _ : state) {
        hold();
        benchmark::DoNotOptimize(ledger.post(live.front(), {300}, {.request_id = "01J9ZQ2V7N8K4M6P3R5T1W0XYZ"}, noon));
        live.pop_front();
        if (ledger.outbox().size() < hand_over) continue;
        ledger.confirm(ledger.outbox().back().id);
        ledger.outbox().clear();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold_and_post)->Args({0, 1})->Args({64, 1})->Args({1'000, 1})->Args({1'000, 1'000})->Args({60'000, 1});

// What every tick costs the lock: windows, refills and the look at some holds.
void tick(benchmark::State& state) {
    auto ledger = funded(state.range(0));
    for (int i = 0; i < 2'000; ++i) ledger.hold(0, {1}, Instant{1h}, noon);
    for ([[maybe_unused]] auto _ : state) ledger.tick(Instant{}, noon);
}
BENCHMARK(tick)->Arg(1)->Arg(100)->Arg(1'000);

// Entries the writer makes durable, by the size of its groups.
void append_and_commit(benchmark::State& state) {
    const test::TempFolder folder;
    const auto store = adapters::SqliteLedger::open(folder.file("ledger.db"));
    if (!store || !(*store)->load({})) return state.SkipWithError("no ledger");
    std::uint64_t id = 0;
    std::vector<LedgerEntry> group;
    for ([[maybe_unused]] auto _ : state) {
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            auto& entry = group.emplace_back();
            entry.id = ++id;
            entry.account = "ci";
            entry.amount = {1};
        }
        (*store)->append(group);
        (*store)->flush();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(id));
}
BENCHMARK(append_and_commit)->Arg(1)->Arg(256)->Arg(10'000)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace signalbox
