#include "engine/protocol/dialect/openai.h"

#include <algorithm>
#include <array>

namespace signalbox::protocol {
namespace {

struct Row {
    Endpoint endpoint;
    std::string_view word, path, method;
};

constexpr std::array rows = std::to_array<Row>({
    {Endpoint::unknown, "unknown", "", ""},
    {Endpoint::chat, "chat", "/chat/completions", "POST"},
    {Endpoint::completions, "completions", "/completions", "POST"},
    {Endpoint::responses, "responses", "/responses", "POST"},
    {Endpoint::embeddings, "embeddings", "/embeddings", "POST"},
    {Endpoint::images, "images", "/images/generations", "POST"},
    {Endpoint::messages, "messages", "/messages", "POST"},
    {Endpoint::count_tokens, "count_tokens", "/messages/count_tokens", "POST"},
    {Endpoint::models, "models", "/models", "GET"},
    {Endpoint::model, "model", "", "GET"},
});

const Row& row_of(Endpoint endpoint) {
    return rows[static_cast<std::size_t>(endpoint)];
}

}  // namespace

Endpoint endpoint_of(std::string_view path) {
    constexpr std::string_view version = "/v1";
    constexpr std::string_view one_model = "/models/";
    if (path.starts_with(version)) path.remove_prefix(version.size());
    if (path.empty()) return Endpoint::unknown;
    const auto found = std::ranges::find(rows, path, &Row::path);
    if (found != rows.end()) return found->endpoint;
    return path.starts_with(one_model) && path.size() > one_model.size() ? Endpoint::model : Endpoint::unknown;
}

std::string_view upstream_path(Endpoint endpoint) {
    return row_of(endpoint).path;
}
std::string_view method_of(Endpoint endpoint) {
    return row_of(endpoint).method;
}
std::string_view to_string(Endpoint endpoint) {
    return row_of(endpoint).word;
}

}  // namespace signalbox::protocol
