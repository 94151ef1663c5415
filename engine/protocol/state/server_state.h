// What inference servers tell of their own state, read from their own words. Only questions that neither load a model
// nor generate have answers here.
//
// Values, not decisions: absent is what was not said, and numbers that make no sense count as not said. Any input gives
// a value or upstream_malformed; more than limits::slot_state_max bytes are refused, and at most
// limits::heartbeat_models_max models kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace signalbox::protocol {

struct ModelState {
    enum class Phase : std::uint8_t { unknown, cold, loading, loaded, failed };
    std::string model;  // as the server names it
    Phase phase = Phase::unknown;
    bool remote = false;  // served by somebody else through this server: it never has to be loaded here
    std::optional<std::int64_t> slots, busy, queued;
    std::optional<std::int64_t> kv_tokens, kv_tokens_used;  // capacity in tokens
    std::optional<std::int64_t> weights;                    // bytes
    std::optional<std::int64_t> warm_until_us;              // since 1970
};
using ModelStates = std::vector<ModelState>;

// Ollama: GET /api/ps lists what is loaded, GET /api/tags what could be.
[[nodiscard]] Result<ModelStates> parse_ollama_ps(std::string_view text);
[[nodiscard]] Result<ModelStates> parse_ollama_tags(std::string_view text);
// Ollama: POST /api/show, the model's own metadata. A figure it does not give is 0.
struct ModelMetadata {
    std::int64_t layers = 0, kv_heads = 0, head_dim = 0;
};
[[nodiscard]] Result<ModelMetadata> parse_ollama_show(std::string_view text);

// llama.cpp: GET /props, of the one model it serves; the name stays empty.
struct LlamacppProps {
    ModelState state;        // cold: asleep
    bool may_sleep = false;  // this version can be told to sleep when idle; being asked for /slots keeps it awake
};
[[nodiscard]] Result<LlamacppProps> parse_llamacpp_props(std::string_view text);
// GET /slots, of the same model, or of the one asked for.
[[nodiscard]] Result<ModelState> parse_llamacpp_slots(std::string_view text);
// GET /models: one entry per model where the server is a router, none where it serves a single one.
[[nodiscard]] Result<ModelStates> parse_llamacpp_models(std::string_view text);

// GET /metrics in the Prometheus text format; the engines of one model are added up.
[[nodiscard]] Result<ModelStates> parse_vllm_metrics(std::string_view text);
[[nodiscard]] Result<ModelStates> parse_sglang_metrics(std::string_view text);

// LM Studio: GET /api/v1/models.
[[nodiscard]] Result<ModelStates> parse_lmstudio_models(std::string_view text);

// The answer to a request to load, of Ollama and LM Studio.
struct LoadAnswer {
    std::optional<Nanos> took;
    std::string instance;  // what the server calls what it loaded; empty: it does not say
};
[[nodiscard]] LoadAnswer parse_load_answer(std::string_view text);

// Does a server that calls a model `served` mean the one asked for as `upstream`? Ollama calls one without a tag
// "model:latest".
[[nodiscard]] bool same_model(std::string_view upstream, std::string_view served);

// RFC 3339 with any offset, as microseconds since 1970; none: it is no such time.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace signalbox::protocol
