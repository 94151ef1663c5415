#include <string>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/protocol/state/server_state.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::ModelState;
using protocol::ModelStates;

void check(const ModelState& state) {
    for (const auto& figure :
         {state.slots, state.busy, state.queued, state.kv_tokens, state.kv_tokens_used, state.weights})
        SB_CHECK(figure.value_or(0) >= 0);
}

void check(const Result<ModelState>& state) {
    if (state)
        check(*state);
    else
        SB_CHECK(state.error().code == ErrorCode::upstream_malformed);
}

void check(const Result<ModelStates>& models) {
    if (!models) {
        SB_CHECK(models.error().code == ErrorCode::upstream_malformed);
        return;
    }
    SB_CHECK(models->size() <= limits::heartbeat_models_max);
    for (const ModelState& state : *models) {
        SB_CHECK(!state.model.empty() && state.model.size() <= limits::name_length_max);
        check(state);
    }
}

}  // namespace

void state(std::string_view input) {
    check(protocol::parse_ollama_ps(input));
    check(protocol::parse_ollama_tags(input));
    check(protocol::parse_llamacpp_slots(input));
    if (const auto props = protocol::parse_llamacpp_props(input)) check(props->state);
    check(protocol::parse_llamacpp_models(input));
    check(protocol::parse_vllm_metrics(input));
    check(protocol::parse_sglang_metrics(input));
    check(protocol::parse_lmstudio_models(input));
    if (const auto shape = protocol::parse_ollama_show(input))
        SB_CHECK(shape->layers >= 0 && shape->kv_heads >= 0 && shape->head_dim >= 0);
    const auto answer = protocol::parse_load_answer(input);
    SB_CHECK(answer.took.value_or(0ns) >= 0ns);
    (void)protocol::parse_rfc3339(input);
}

}  // namespace signalbox::fuzz
