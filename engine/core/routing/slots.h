// "Is it overwhelmed?": what is known of one deployment's places and memory, where the figure comes from, and the one
// gate that says whether a request or a model fits.
//
// A server's own number wins; what it does not say stays unknown. Nothing here is ever learned by a call that loads a
// model or generates. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/time.h"

namespace signalbox::core {

// How a figure came to be known, worst first.
enum class Provenance : std::uint8_t { unknown, inferred, reported, measured };

enum class SlotPhase : std::uint8_t { unknown, cold, warming, warm_idle, warm_busy, draining, failed };

// One reading of one deployment: from its server's own state, or a provider's heartbeat.
struct SlotReport {
    Instant seen{};  // when; Instant{}: never
    Provenance provenance = Provenance::unknown;
    SlotPhase phase = SlotPhase::unknown;
    Instant phase_since{};  // when this phase was first seen; Instant{}: before we began to look
    std::optional<std::int64_t> total, busy, queued;  // requests
    std::optional<std::int64_t> kv_bytes_per_token;
    std::optional<std::int64_t> kv_budget, kv_used;         // bytes
    std::optional<std::int64_t> kv_tokens, kv_tokens_used;  // the same budget, from servers that count it in tokens
    Provenance kv_provenance = Provenance::unknown;
    std::optional<std::int64_t> weights, free_for_load;  // bytes: of the model; what the provider would load into
    std::optional<Nanos> load_time;
    std::optional<Instant> warm_until;
    bool preempts = false;  // the server may take memory back from a request (vLLM, SGLang)
    std::string source;     // "ollama /api/ps"
    std::string trouble;    // why the source does not answer; the lasting figures are then the last ones
};

// Tokens one request may need.
struct KvNeed {
    std::int64_t prompt = 0;
    std::int64_t expected = 0;  // of output
    std::int64_t most = 0;      // of output, at the worst
    double variance = 0;        // of `expected`, tokens²
};

// The needs of the reservations held at one deployment, summed.
struct KvLoad {
    std::int64_t expected = 0;  // prompt + expected output, tokens
    std::int64_t worst = 0;     // prompt + most output, tokens
    double variance = 0;
    void add(const KvNeed& need);
    void remove(const KvNeed& need);
    [[nodiscard]] bool empty() const { return worst == 0; }
};

struct KvBudget {
    std::int64_t bytes = 0;
    std::int64_t bytes_per_token = 0;
    bool preempts = false;
    std::int64_t foreign = 0;  // of the bytes: held by requests that are not ours
};
// The budget a report speaks of, in bytes or, where the server says nothing of bytes, in tokens of one "byte" each;
// none: it does not say, and only its places bound it.
[[nodiscard]] std::optional<KvBudget> budget_of(const SlotReport& report);

// May one more request with `need` go where `load` is held already? The soft limit bounds the expected use with its
// spread, the hard limit the worst case, both of what others leave. The first of our requests always passes: only the
// server knows better.
[[nodiscard]] bool kv_admits(const KvLoad& load, const KvNeed& need, const KvBudget& budget);

// May a model of `weights` bytes be loaded where the provider says `free_for_load` bytes are free for that? The same
// budget that requests are admitted against afterwards: a model nobody could use is not loaded.
[[nodiscard]] bool load_admits(std::int64_t weights, std::int64_t free_for_load, const KvNeed& first,
                               std::int64_t bytes_per_token);

// Bytes of KV memory per token, from a model's own metadata.
struct ModelShape {
    std::int64_t layers = 0, kv_heads = 0, head_dim = 0, dtype_bytes = 2;
};
[[nodiscard]] std::int64_t kv_bytes_per_token(const ModelShape& shape);

// The figures as of `now`: those of a source that has gone quiet are unknown, not cold. A source we ask is quiet after
// limits::slot_polls_missed polls, one that reports by itself after as many heartbeats.
[[nodiscard]] bool is_stale(const SlotReport& report, Instant now);
// The last instant at which they are not.
[[nodiscard]] Instant valid_until(const SlotReport& report);

// How long a request would wait here for the model to be loaded; zero where it is in memory or nothing is known. A cold
// model that has never been seen to load counts as unmeasured_load.
inline constexpr Nanos unmeasured_load = 20s;
[[nodiscard]] Nanos load_wait(const SlotReport& report, Instant now);

}  // namespace signalbox::core
