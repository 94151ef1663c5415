#include "engine/control/load_api.h"

#include "engine/base/check.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::control {
namespace {

using core::ProviderKind;

std::string naming(std::string_view member, std::string_view name, std::string_view rest = {}) {
    std::string body = "{\"";
    body += member;
    body += "\":";
    protocol::append_json_string(body, name);
    body += rest;
    return body + "}";
}

struct Paths {
    std::string_view load, unload;
};

std::optional<Paths> paths_of(ProviderKind kind) {
    switch (kind) {
        case ProviderKind::ollama:  // without a prompt it only loads
            return Paths{"/api/generate", "/api/generate"};
        case ProviderKind::llamacpp:  // as a router; a server of one model never has a cold one
            return Paths{"/models/load", "/models/unload"};
        case ProviderKind::lmstudio:
            return Paths{"/api/v1/models/load", "/api/v1/models/unload"};
        case ProviderKind::simulated:
            return Paths{"/state/load", "/state/unload"};
        default:
            return std::nullopt;
    }
}

}  // namespace

bool has_load_api(ProviderKind kind) {
    return paths_of(kind).has_value();
}

ProbeRequest load_request(const LoadTarget& target) {
    const auto paths = paths_of(target.kind);
    SB_CHECK(paths.has_value());
    // Ollama would stream its progress. How long it keeps what nobody uses is its operator's affair.
    const std::string_view rest = target.kind == ProviderKind::ollama ? R"(,"stream":false)" : "";
    return {"POST", target.root + std::string(paths->load), naming("model", target.model, rest)};
}

ProbeRequest unload_request(const LoadTarget& target) {
    const auto paths = paths_of(target.kind);
    SB_CHECK(paths.has_value());
    const std::string path = target.root + std::string(paths->unload);
    if (target.kind == ProviderKind::ollama)
        return {"POST", path, naming("model", target.model, R"(,"stream":false,"keep_alive":0)")};
    if (target.kind == ProviderKind::lmstudio)
        return {"POST", path, naming("instance_id", target.instance.empty() ? target.model : target.instance)};
    return {"POST", path, naming("model", target.model)};
}

}  // namespace signalbox::control
