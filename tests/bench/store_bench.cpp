// What the history costs: CPU time of one written request, and the time of one page out of a million.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/adapters/sqlite/sqlite_store.h"
#include "tests/contract/store/temp_folder.h"

namespace signalbox {
namespace {

using adapters::SqliteStore;
using ports::HistoryFilter;
using ports::Outcome;
using ports::RequestRecord;

constexpr std::int64_t million = 1'000'000;

// A store in a folder of its own.
class BenchStore {
  public:
    BenchStore() {
        auto opened = SqliteStore::open(path_, {{}, [] { return WallTime{}; }});
        if (!opened) throw std::runtime_error(opened.error().detail);
        store_ = std::move(*opened);
    }
    SqliteStore* operator->() { return store_.get(); }
    [[nodiscard]] double bytes() const { return static_cast<double>(std::filesystem::file_size(path_)); }

  private:
    test::TempFolder folder_;
    std::string path_ = folder_.file("history.db");
    std::unique_ptr<SqliteStore> store_;
};

// What a busy gateway sees: ten models, one request in a hundred diverted, one in five hundred failed.
RequestRecord typical_record(std::int64_t n) {
    RequestRecord r;
    r.id = fmt::format("01K9ZQ{:020}", n);
    r.time.unix_us = 1'760'000'000'000'000 + n * 100;
    r.outcome = n % 500 == 0 ? Outcome::failed : n % 100 == 0 ? Outcome::served_fallback : Outcome::served;
    r.why = n % 100 == 0 ? ErrorCode::upstream_overloaded : ErrorCode::ok;
    r.status = n % 500 == 0 ? 502 : 200;
    r.endpoint = "/v1/chat/completions";
    r.requested_model = r.served_model = fmt::format("model-{}", n % 10);
    r.served_deployment = "openai/gpt-5-2025-08-07";
    r.account = fmt::format("team-{}", n % 40);
    r.tags = "team=ci,pool=ruby";
    r.client = "10.0.12.34:51234";
    r.user_agent = "OpenAI/Python 2.3.0";
    r.config_revision = 3;
    r.streamed = n % 2 == 0;
    r.estimated_input_tokens = 812;
    r.usage = {803, 214, 0};
    r.cost.value = 3'144;
    r.queue_us = 3;
    r.first_token_us = 312'345;
    r.total_us = 2'412'345;
    r.overhead_us = 61;
    r.bytes_in = 3'401;
    r.bytes_out = 18'402;
    r.attempts.resize(1);
    auto& attempt = r.attempts.front();
    attempt.model = r.served_model;
    attempt.provider = "openai";
    attempt.deployment = r.served_deployment;
    attempt.key = "main";
    attempt.status = 200;
    attempt.connect_us = 0;
    attempt.headers_us = 211'000;
    attempt.first_token_us = 312'000;
    attempt.total_us = 2'412'000;
    for (const char* deployment : {"openai/gpt-5-2025-08-07", "azure/gpt-5-eu", "anthropic/claude-sonnet"}) {
        r.candidates.push_back({deployment, r.served_model, "main", "outranked", 1.25});
    }
    return r;
}

double process_cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto us = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return us(usage.ru_utime) + us(usage.ru_stime);
}

// Offers batches of the given size and commits each: batches/s × size is the writer's limit. `cpu_us_per_row` is of
// the whole process, so it holds the hand-over too; the making of the records is not in it.
void append(benchmark::State& state) {
    BenchStore store;
    const auto size = state.range(0);
    std::int64_t n = 0;
    double cpu_us = 0;
    std::vector<RequestRecord> batch;
    for ([[maybe_unused]] auto _ : state) {
        state.PauseTiming();
        batch.clear();
        for (std::int64_t i = 0; i < size; ++i) batch.push_back(typical_record(n++));
        const double before = process_cpu_us();
        state.ResumeTiming();
        for (auto& record : batch) store->offer(std::move(record));
        store->flush();
        cpu_us += process_cpu_us() - before;
    }
    if (store->shed() != 0 || store->failed()) state.SkipWithError("records were shed");
    state.SetItemsProcessed(n);
    state.counters["cpu_us_per_row"] = cpu_us / static_cast<double>(n);
    state.counters["bytes_per_row"] = store.bytes() / static_cast<double>(n);
}
BENCHMARK(append)->Arg(100)->Arg(1000)->Arg(10'000)->UseRealTime()->MinTime(2);

void offer(benchmark::State& state) {
    BenchStore store;
    const auto record = typical_record(0);
    std::int64_t n = 0;
    for ([[maybe_unused]] auto _ : state) {
        state.PauseTiming();
        auto copy = record;
        if (++n % 10'000 == 0) store->flush();
        state.ResumeTiming();
        benchmark::DoNotOptimize(store->offer(std::move(copy)));
    }
}
BENCHMARK(offer)->Iterations(200'000);

BenchStore& a_million() {
    static BenchStore store;
    static const bool filled = [] {
        for (std::int64_t n = 0; n < million; ++n) {
            store->offer(typical_record(n));
            if (n % 30'000 == 0) store->flush();
        }
        store->flush();
        return true;
    }();
    benchmark::DoNotOptimize(filled);
    return store;
}

void page(benchmark::State& state, const HistoryFilter& filter, const std::string& cursor) {
    auto& store = a_million();
    std::size_t rows = 0;
    for ([[maybe_unused]] auto _ : state) {
        const auto answer = store->query(filter, cursor, 100);
        if (!answer) return state.SkipWithError(answer.error().detail.c_str());
        rows = answer->rows.size();
    }
    state.counters["rows"] = static_cast<double>(rows);
}

HistoryFilter filter_of(void (*set)(HistoryFilter&)) {
    HistoryFilter filter;
    set(filter);
    return filter;
}

BENCHMARK_CAPTURE(page, newest, HistoryFilter{}, "")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, middle, HistoryFilter{}, "500000")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, model, filter_of([](HistoryFilter& f) { f.requested = {"model-7"}; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, unknown_model, filter_of([](HistoryFilter& f) { f.requested = {"none"}; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, two_models, filter_of([](HistoryFilter& f) { f.requested = {"model-7", "model-8"}; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, failed, filter_of([](HistoryFilter& f) { f.outcomes = {Outcome::failed}; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, cancelled_none, filter_of([](HistoryFilter& f) { f.outcomes = {Outcome::cancelled}; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, model_and_failed, filter_of([](HistoryFilter& f) {
                      f.requested = {"model-0"};
                      f.outcomes = {Outcome::failed};
                  }),
                  "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, short_id_prefix, filter_of([](HistoryFilter& f) { f.id_prefix = "01K9ZQ"; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, whole_id, filter_of([](HistoryFilter& f) { f.id_prefix = "01K9ZQ00000000000000412345"; }), "")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(page, unknown_account, filter_of([](HistoryFilter& f) { f.accounts = {"none"}; }), "")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(page, since_the_last_minute, filter_of([](HistoryFilter& f) {
                      f.since = WallTime{1'760'000'000'000'000 + million * 100 - 50 * 100};
                  }),
                  "")
    ->Unit(benchmark::kMillisecond);

void get(benchmark::State& state) {
    auto& store = a_million();
    std::int64_t n = 0;
    for ([[maybe_unused]] auto _ : state) {
        n = (n + 7'919) % million;
        if (!store->get(fmt::format("01K9ZQ{:020}", n))) return state.SkipWithError("not found");
    }
}
BENCHMARK(get)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace signalbox
