#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol {
namespace {

using detail::JsonWriter;

std::string_view type_of(ErrorCode code) {
    if (code == ErrorCode::upstream_overloaded) return "overloaded_error";
    switch (http_status(code)) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 503:
            return "overloaded_error";
        case 504:
            return "timeout_error";
        default:
            return http_status(code) < 500 ? "invalid_request_error" : "api_error";
    }
}

// Our own members stand where this dialect's clients do not look.
std::string anthropic_error_body(const ErrorAnswer& answer) {
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("type", "error").key("error").begin('{').member("type", type_of(answer.code));
    json.member("message", answer.message).end('}').member("request_id", answer.request_id);
    json.key("signalbox").begin('{').member("code", to_string(answer.code)).member("stage", to_string(answer.stage));
    json.key("attempts").number(answer.attempts).key("retry_after_ms");
    answer.retry_after ? json.number(to_ms(*answer.retry_after)) : json.json("null");
    if (!answer.fleet_json.empty()) json.key("fleet").json(answer.fleet_json);
    json.end('}').end('}');
    return out;
}

}  // namespace

std::string error_body(Dialect client, const ErrorAnswer& answer) {
    return client == Dialect::anthropic ? anthropic_error_body(answer) : openai_error_body(answer);
}

std::string error_event(Dialect client, const ErrorAnswer& answer) {
    std::string out;
    if (client == Dialect::anthropic) {
        append_sse(out, "error", anthropic_error_body(answer));
    } else {
        out = openai_error_event(answer);
    }
    return out;
}

std::string count_tokens_body(std::int64_t input_tokens) {
    std::string out;
    JsonWriter(out).begin('{').key("input_tokens").number(input_tokens).end('}');
    return out;
}

}  // namespace signalbox::protocol
