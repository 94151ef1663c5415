#include "engine/protocol/state/state_json.h"

namespace signalbox::protocol {
namespace {

namespace ondemand = detail::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

void read_field(std::string_view key, ondemand::value& value, ModelState& state) {
    if (key == "name") state.model = detail::text_of(value);
    if (key == "size") state.weights = detail::count_of(value);
    if (key == "remote_host") state.remote = !detail::text_of(value).empty();
    if (key == "expires_at") state.warm_until_us = parse_rfc3339(detail::text_of(value));
}

// {"models":[{"name":…},…]}
Result<ModelStates> parse_models(std::string_view text, ModelState::Phase phase) {
    ModelStates models;
    const auto read_model = [&](ondemand::value& model) -> error_code {
        ModelState state;
        state.phase = phase;
        const error_code problem = detail::for_each_member_of(model, [&](std::string_view key, ondemand::value& value) {
            read_field(key, value, state);
            return SUCCESS;
        });
        if (!problem) detail::keep_model(models, std::move(state));
        return problem;
    };
    const auto read = detail::read_json_object(text, [&](std::string_view key, ondemand::value& value) -> error_code {
        return key == "models" ? detail::for_each_element_of(value, read_model) : SUCCESS;
    });
    if (!read) return std::unexpected(read.error());
    return models;
}

// The figures the shape of the KV cache is made of; the names carry the architecture in front.
struct Metadata {
    std::int64_t layers = 0, heads = 0, kv_heads = 0, key_length = 0, embedding = 0;

    void read_field(std::string_view key, ondemand::value& value) {
        const auto take = [&](std::string_view end, std::int64_t& into) {
            if (key.ends_with(end)) into = detail::count_of(value).value_or(0);
        };
        take(".block_count", layers);
        take(".attention.head_count", heads);
        take(".attention.head_count_kv", kv_heads);
        take(".attention.key_length", key_length);
        take(".embedding_length", embedding);
    }
};

}  // namespace

bool same_model(std::string_view upstream, std::string_view served) {
    constexpr std::string_view untagged = ":latest";
    if (served == upstream) return true;
    return served.ends_with(untagged) && served.substr(0, served.size() - untagged.size()) == upstream;
}

Result<ModelStates> parse_ollama_ps(std::string_view text) {
    return parse_models(text, ModelState::Phase::loaded);
}

Result<ModelStates> parse_ollama_tags(std::string_view text) {
    return parse_models(text, ModelState::Phase::cold);
}

Result<ModelMetadata> parse_ollama_show(std::string_view text) {
    Metadata found;
    const auto read = detail::read_json_object(text, [&](std::string_view key, ondemand::value& value) -> error_code {
        if (key != "model_info") return SUCCESS;
        return detail::for_each_member_of(value, [&](std::string_view name, ondemand::value& figure) {
            found.read_field(name, figure);
            return SUCCESS;
        });
    });
    if (!read) return std::unexpected(read.error());
    ModelMetadata metadata{found.layers, found.kv_heads > 0 ? found.kv_heads : found.heads, found.key_length};
    if (metadata.head_dim == 0 && found.heads > 0) metadata.head_dim = found.embedding / found.heads;
    return metadata;
}

}  // namespace signalbox::protocol
