#include "engine/control/free_question.h"

#include <algorithm>

#include "engine/core/routing/outcome_class.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/json/escape.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::control {
namespace {

using core::FreeCheck;
using core::ProviderKind;

protocol::Endpoint endpoint_of(ProviderKind kind, core::Shape shape) {
    switch (shape) {
        case core::Shape::embedding:
            return protocol::Endpoint::embeddings;
        case core::Shape::image:
            return protocol::Endpoint::images;
        case core::Shape::chat:
            break;
    }
    return kind == ProviderKind::anthropic ? protocol::Endpoint::messages : protocol::Endpoint::chat;
}

FreeQuestion get(FreeQuestionKind kind, std::string target, const std::string& model) {
    return {kind, {"GET", std::move(target), {}}, model};
}

FreeCheck judge_installed(const std::string& model, const std::string& body) {
    const Result<protocol::ModelStates> installed = protocol::parse_ollama_tags(body);
    if (!installed) return FreeCheck::cannot_tell;
    const bool there = std::ranges::any_of(
        *installed, [&](const protocol::ModelState& one) { return protocol::same_model(model, one.model); });
    return there ? FreeCheck::alive : FreeCheck::dead;
}

FreeCheck judge_success(const FreeQuestion& question, const std::string& body, ErrorCode cause) {
    switch (question.kind) {
        case FreeQuestionKind::route:
            return FreeCheck::alive;
        case FreeQuestionKind::listing:  // was asked with the key
            return cause == ErrorCode::upstream_unauthorized ? FreeCheck::alive : FreeCheck::cannot_tell;
        case FreeQuestionKind::installed:
            return cause == ErrorCode::upstream_not_found ? judge_installed(question.model, body)
                                                          : FreeCheck::cannot_tell;
        case FreeQuestionKind::presence:
            break;
    }
    return FreeCheck::cannot_tell;
}

}  // namespace

std::string FreeQuestion::words() const {
    std::string text = std::string(request.method) + " " + request.target;
    if (kind == FreeQuestionKind::route) text += " without a prompt";
    return text;
}

FreeQuestion free_question(const core::ProviderConfig& provider, const core::Deployment& deployment,
                           const flow::UpstreamAddress& address) {
    const std::string& model = deployment.upstream;
    std::string listing = address.target(protocol::Endpoint::models, model);
    switch (provider.kind) {
        case ProviderKind::ollama:
            return get(FreeQuestionKind::installed, server_root(address) + "/api/tags", model);
        case ProviderKind::llamacpp:
            return get(FreeQuestionKind::presence, server_root(address) + "/health", model);
        case ProviderKind::bfl:  // most of its models paint something where nothing is asked for
            return get(FreeQuestionKind::listing, address.path_prefix + "/credits", model);
        case ProviderKind::lmstudio:
            return get(FreeQuestionKind::presence, std::move(listing), model);
        default:
            break;
    }
    if (model.empty()) return get(FreeQuestionKind::listing, std::move(listing), model);
    FreeQuestion question;
    question.model = model;
    question.request.method = "POST";
    const protocol::Endpoint endpoint = endpoint_of(provider.kind, deployment.shape);
    question.request.target = address.target(endpoint, model);
    question.request.body = R"({"model":)";
    protocol::append_json_string(question.request.body, model);
    question.request.body += "}";
    return question;
}

FreeCheck judge(const FreeQuestion& question, const Result<ProbeAnswer>& answer, ErrorCode cause) {
    if (!answer) return core::is_unreachable(answer.error().code) ? FreeCheck::dead : FreeCheck::cannot_tell;
    const int status = answer->status;
    if (status >= 200 && status < 300) {
        return core::is_unreachable(cause) ? FreeCheck::alive : judge_success(question, answer->body, cause);
    }
    std::string words;
    const ErrorCode code = protocol::classify_error(status, answer->body, words);
    if (code == ErrorCode::upstream_unauthorized) return FreeCheck::dead;
    const bool of_the_route = question.kind == FreeQuestionKind::route;
    if (of_the_route && code == ErrorCode::upstream_not_found) return FreeCheck::dead;
    if (of_the_route && (status == 400 || status == 422)) return FreeCheck::alive;
    return FreeCheck::cannot_tell;
}

}  // namespace signalbox::control
