#include "engine/control/state_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/control/connect_codec.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::control {
namespace {

using core::ProviderKind;
using protocol::ModelState;
using protocol::ModelStates;

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (plain.contains(c))
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string naming(std::string_view model) {
    std::string body = R"({"model":)";
    protocol::append_json_string(body, model);
    return body + "}";
}

bool lists(const ModelStates& states, std::string_view model) {
    return std::ranges::any_of(states, [&](const ModelState& one) { return one.model == model; });
}

// What is installed and not loaded is cold.
void add_cold(ModelStates& loaded, const ModelStates& installed) {
    for (const ModelState& one : installed) {
        if (!lists(loaded, one.model)) loaded.push_back(one);
    }
}

// The cache of keys and values is kept in 16 bits unless an operator says otherwise, which the server does not tell.
std::int64_t kv_bytes_of(const protocol::ModelMetadata& metadata) {
    constexpr std::int64_t believable = 1'000'000;  // of each factor
    const core::ModelShape shape{metadata.layers, metadata.kv_heads, metadata.head_dim};
    const bool sane = std::ranges::all_of(std::initializer_list{shape.layers, shape.kv_heads, shape.head_dim},
                                          [](std::int64_t factor) { return factor <= believable; });
    return sane ? core::kv_bytes_per_token(shape) : 0;
}

}  // namespace

bool StateSource::tells(ProviderKind kind) {
    switch (kind) {
        case ProviderKind::ollama:
        case ProviderKind::llamacpp:
        case ProviderKind::vllm:
        case ProviderKind::sglang:
        case ProviderKind::lmstudio:
        case ProviderKind::simulated:
            return true;
        default:
            return false;
    }
}

ports::Task<Result<StateReading>> StateSource::read(StateQuestion question) {
    question_ = std::move(question);
    root_ = server_root(question_.address);
    deadline_ = clock_.now() + limits::slot_poll_max;
    switch (question_.kind) {
        case ProviderKind::ollama:
            co_return co_await read_ollama();
        case ProviderKind::llamacpp:
            co_return co_await read_llamacpp();
        case ProviderKind::vllm:
            co_return co_await read_models("/metrics", protocol::parse_vllm_metrics);
        case ProviderKind::sglang:
            co_return co_await read_models("/metrics", protocol::parse_sglang_metrics);
        case ProviderKind::lmstudio:
            co_return co_await read_models("/api/v1/models", protocol::parse_lmstudio_models);
        case ProviderKind::simulated:
            co_return co_await read_simulated();
        default:
            co_return fail(ErrorCode::unavailable, "this kind of provider tells nothing of its state");
    }
}

ports::Task<StateSource::Body> StateSource::ask(ProbeRequest request) {
    const std::string what = fmt::format("{} {}", request.method, request.target);
    Result<ProbeAnswer> answer = co_await http_probe(network_, question_.address, std::move(request), deadline_);
    if (!answer)
        co_return fail(answer.error().code, fmt::format("{} failed: {}", what, to_string(answer.error().code)));
    if (answer->status != 200)
        co_return fail(ErrorCode::unavailable, fmt::format("{} answered {}", what, answer->status));
    co_return std::move(answer->body);
}

ports::Task<StateSource::Body> StateSource::get(std::string path) {
    co_return co_await ask({"GET", root_ + path, {}});
}

StateReading StateSource::reading_of(const ModelStates& states, std::string path) const {
    const bool engine = question_.kind == ProviderKind::vllm || question_.kind == ProviderKind::sglang;
    const ReportSource source{core::Provenance::measured, fmt::format("{} {}", core::to_string(question_.kind), path),
                              engine};
    return {reports_of(states, source, at()), engine};
}

ports::Task<Result<StateReading>> StateSource::read_models(std::string path,
                                                           Result<ModelStates> (*parse)(std::string_view)) {
    const Body body = co_await get(path);
    if (!body) co_return std::unexpected(body.error());
    const Result<ModelStates> states = parse(*body);
    if (!states) co_return std::unexpected(states.error());
    co_return reading_of(*states, std::move(path));
}

// ---- Ollama

ports::Task<Result<StateReading>> StateSource::read_ollama() {
    const Body ps = co_await get("/api/ps");
    if (!ps) co_return std::unexpected(ps.error());
    Result<ModelStates> states = protocol::parse_ollama_ps(*ps);
    if (!states) co_return std::unexpected(states.error());
    const Body tags = co_await get("/api/tags");
    if (!tags) co_return std::unexpected(tags.error());
    const Result<ModelStates> installed = protocol::parse_ollama_tags(*tags);
    if (!installed) co_return std::unexpected(installed.error());
    add_cold(*states, *installed);
    co_await look_into_models(*installed);
    StateReading reading = reading_of(*states, "/api/ps");
    for (ModelReport& one : reading.reports) {
        const auto known = kv_bytes_.find(one.model);
        if (known == kv_bytes_.end() || known->second == 0) continue;
        one.report.kv_bytes_per_token = known->second;
        one.report.kv_provenance = core::Provenance::inferred;
    }
    co_return reading;
}

// Once per model, and one at a time: the metadata does not change.
ports::Task<void> StateSource::look_into_models(const ModelStates& installed) {
    for (const ModelState& one : installed) {
        const bool ours = std::ranges::any_of(
            question_.models, [&](const std::string& upstream) { return protocol::same_model(upstream, one.model); });
        if (one.remote || !ours || kv_bytes_.contains(one.model)) continue;
        const Body body = co_await ask({"POST", root_ + "/api/show", naming(one.model)});
        if (!body) co_return;  // next time
        const Result<protocol::ModelMetadata> metadata = protocol::parse_ollama_show(*body);
        kv_bytes_[one.model] = metadata ? kv_bytes_of(*metadata) : 0;
        co_return;
    }
}

// ---- llama.cpp

ports::Task<Result<StateReading>> StateSource::read_llamacpp() {
    const Body models = co_await get("/models");
    Result<ModelStates> states = models ? protocol::parse_llamacpp_models(*models) : ModelStates();
    if (!states) co_return std::unexpected(states.error());
    if (states->empty()) {
        Result<ModelState> alone = co_await read_llamacpp_alone();
        if (!alone) co_return std::unexpected(alone.error());
        StateReading reading = reading_of({*std::move(alone)}, "/props");
        reading.one_model = true;
        co_return reading;
    }
    for (ModelState& state : *states) {
        const bool ours = std::ranges::find(question_.models, state.model) != question_.models.end();
        if (ours && question_.in_use && state.phase == ModelState::Phase::loaded)
            co_await count_busy(state, fmt::format("/slots?model={}&autoload=false", percent_encoded(state.model)));
    }
    co_return reading_of(*states, "/models");
}

ports::Task<Result<ModelState>> StateSource::read_llamacpp_alone() {
    constexpr int loading = 503;
    const Result<ProbeAnswer> health =
        co_await http_probe(network_, question_.address, {"GET", root_ + "/health", {}}, deadline_);
    if (!health)
        co_return fail(health.error().code, fmt::format("GET /health failed: {}", to_string(health.error().code)));
    ModelState state;
    state.phase = ModelState::Phase::loading;
    if (health->status == loading) co_return state;
    const Body body = co_await get("/props");
    if (!body) co_return std::unexpected(body.error());
    Result<protocol::LlamacppProps> props = protocol::parse_llamacpp_props(*body);
    if (!props) co_return std::unexpected(props.error());
    // A server that may sleep when idle is asked for its slots only while it is not idle because of us.
    const bool awake = props->state.phase == ModelState::Phase::loaded;
    if (awake && (question_.in_use || !props->may_sleep)) co_await count_busy(props->state, "/slots");
    co_return std::move(props->state);
}

// Where the slots are not shown, what is known otherwise stays.
ports::Task<void> StateSource::count_busy(ModelState& state, std::string path) {
    const Body body = co_await get(std::move(path));
    if (!body) co_return;
    const Result<ModelState> slots = protocol::parse_llamacpp_slots(*body);
    if (!slots || !slots->slots) co_return;
    state.slots = slots->slots;
    state.busy = slots->busy;
    state.kv_tokens = slots->kv_tokens;
}

// ---- simulated

ports::Task<Result<StateReading>> StateSource::read_simulated() {
    const Body body = co_await get("/state");
    if (!body) co_return std::unexpected(body.error());
    api::v1::HeartbeatRequest state;
    const Result<void> decoded = decode(Encoding::json, *body, state);
    if (!decoded) co_return fail(ErrorCode::upstream_malformed, decoded.error().detail);
    co_return StateReading{reports_of(state, {core::Provenance::measured, "simulated /state", false}, at()), false};
}

}  // namespace signalbox::control
