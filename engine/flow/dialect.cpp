#include "engine/flow/dialect.h"

#include "engine/protocol/dialect/bfl.h"
#include "engine/protocol/dialect/call_signatures.h"

namespace signalbox::flow {
namespace {

using protocol::Dialect;
using protocol::Endpoint;

bool is_chat(Endpoint endpoint) {
    return endpoint == Endpoint::chat || endpoint == Endpoint::messages || endpoint == Endpoint::responses;
}

Result<protocol::TranslatedRequest> task_of(const Exchange& x, const protocol::RequestOptions& options) {
    if (x.endpoint != Endpoint::images) {
        return fail(ErrorCode::invalid_parameter, "model: paints pictures; ask for it at /v1/images/generations");
    }
    if (!protocol::is_bfl_model(options.model)) {
        return fail(ErrorCode::invalid_parameter, "model: is not a name this provider could have");
    }
    return protocol::bfl_request(x.body, options);
}

}  // namespace

Dialect client_dialect(Endpoint endpoint) {
    if (endpoint == Endpoint::responses) return Dialect::responses;
    const bool anthropic = endpoint == Endpoint::messages || endpoint == Endpoint::count_tokens;
    return anthropic ? Dialect::anthropic : Dialect::openai;
}

bool serves_responses(const core::ProviderConfig& provider) {
    const bool openai =
        provider.kind == core::ProviderKind::openai && provider.base_url.starts_with("https://api.openai.com/");
    return openai || (provider.kind == core::ProviderKind::azure && !is_classic_azure(provider));
}

std::optional<protocol::DialectPair> dialects(const Exchange& x, const Attempt& a) {
    if (!is_chat(x.endpoint)) return std::nullopt;
    if (x.endpoint == Endpoint::responses && serves_responses(x.provider(a))) return std::nullopt;
    const bool anthropic = x.provider(a).kind == core::ProviderKind::anthropic;
    const protocol::DialectPair pair{client_dialect(x.endpoint), anthropic ? Dialect::anthropic : Dialect::openai};
    if (pair.same() && pair.client == Dialect::openai) return std::nullopt;
    return pair;
}

bool paints_by_task(const Exchange& x, const Attempt& a) {
    return x.provider(a).kind == core::ProviderKind::bfl;
}

bool needs_translation(const Exchange& x, const Attempt& a) {
    if (paints_by_task(x, a)) return true;
    const std::optional<protocol::DialectPair> pair = dialects(x, a);
    return pair && !pair->same();
}

std::string provider_target(const Exchange& x, const Attempt& a) {
    const std::string_view model = x.upstream_model(a);
    if (paints_by_task(x, a)) return a.address->path_prefix + "/" + std::string(model);
    return a.address->target(provider_endpoint(x, a), model);
}

Endpoint provider_endpoint(const Exchange& x, const Attempt& a) {
    const std::optional<protocol::DialectPair> pair = dialects(x, a);
    if (!pair) return x.endpoint;
    return pair->provider == Dialect::anthropic ? Endpoint::messages : Endpoint::chat;
}

protocol::SpliceOptions splice_options(const Exchange& x, const Attempt& a) {
    protocol::SpliceOptions options;
    options.model = x.upstream_model(a);
    options.ensure_usage = x.scan.stream && (x.endpoint == Endpoint::chat || x.endpoint == Endpoint::completions);
    return options;
}

protocol::AnswerOptions answer_options(const Exchange& x) {
    protocol::AnswerOptions options;
    options.created = x.record.time.unix_us / 1'000'000;
    options.input_estimate = x.record.estimated_input_tokens;
    options.include_usage = x.scan.include_usage;
    return options;
}

Result<std::string> translated_body(const Exchange& x, Attempt& a) {
    const core::ProviderConfig& provider = x.provider(a);
    protocol::RequestOptions options;
    options.model = x.upstream_model(a);
    options.max_output = x.deployment(a).limits.max_output;
    options.drop_params = x.config().defaults.drop_params;
    // Only newer servers know this name, and only these providers insist on it.
    options.completion_tokens =
        provider.kind == core::ProviderKind::openai || provider.kind == core::ProviderKind::azure;
    options.signed_calls = provider.kind == core::ProviderKind::gemini;
    Result<protocol::TranslatedRequest> request =
        paints_by_task(x, a) ? task_of(x, options) : protocol::translate_request(x.body, *dialects(x, a), options);
    if (!request) return std::unexpected(std::move(request.error()));
    a.dropped = std::move(request->dropped);
    return std::move(request->body);
}

std::string signed_body(const Exchange& x, const Attempt& a) {
    const bool gemini = x.provider(a).kind == core::ProviderKind::gemini;
    if (!gemini || x.endpoint != Endpoint::chat || !x.body.contains(R"("tool_calls")")) return {};
    return protocol::sign_calls(protocol::Splice(x.body, x.scan, splice_options(x, a)).joined());
}

}  // namespace signalbox::flow
