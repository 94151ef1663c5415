#include "engine/protocol/dialect/error_body.h"

#include <fmt/format.h>

#include <iterator>

namespace signalbox::protocol {
namespace {

std::string_view type_of(ErrorCode code) {
    if (code == ErrorCode::budget_exhausted) return "insufficient_quota";
    const int status = http_status(code);
    if (status == 401) return "authentication_error";
    if (status == 403) return "permission_error";
    if (status == 429) return "rate_limit_error";
    return status < 500 ? "invalid_request_error" : "api_error";
}

void append_error(std::string& out, const ErrorAnswer& answer) {
    out += R"({"error":{"message":)";
    append_json_string(out, answer.message);
    fmt::format_to(std::back_inserter(out), R"(,"type":"{}","code":"{}","param":)", type_of(answer.code),
                   to_string(answer.code));
    if (answer.param.empty()) {
        out += "null";
    } else {
        append_json_string(out, answer.param);
    }
    fmt::format_to(std::back_inserter(out), R"(,"signalbox":{{"stage":"{}","request_id":)", to_string(answer.stage));
    append_json_string(out, answer.request_id);
    fmt::format_to(std::back_inserter(out), R"(,"attempts":{},"retry_after_ms":)", answer.attempts);
    if (answer.retry_after) {
        fmt::format_to(std::back_inserter(out), "{}", to_ms(*answer.retry_after));
    } else {
        out += "null";
    }
    if (!answer.fleet_json.empty()) {
        out += R"(,"fleet":)";
        out += answer.fleet_json;
    }
    out += "}}}";
}

}  // namespace

int http_status(ErrorCode code) {
    using enum ErrorCode;
    switch (code) {
        case ok:
            return 200;
        case malformed_http:
        case malformed_json:
        case invalid_utf8:
        case missing_model:
        case invalid_parameter:
        case context_too_long:
        case upstream_bad_request:
        case upstream_context_too_long:
        case upstream_content_filter:
        case invalid_argument:
        case config_invalid:
            return 400;
        case missing_key:
        case invalid_key:
        case unauthenticated:
            return 401;
        case model_not_allowed:
        case permission_denied:
            return 403;
        case unknown_path:
        case model_not_found:
        case not_found:
            return 404;
        case method_not_allowed:
            return 405;
        case slow_client:
            return 408;
        case conflict:
            return 409;
        case body_too_large:
            return 413;
        case rate_limited:
        case budget_exhausted:
        case queue_full:
        case queue_timeout:
        case limit_reached:
        case upstream_rate_limited:
            return 429;
        case header_too_large:
            return 431;
        case client_gone:
            return 499;
        case dns_failed:
        case connect_refused:
        case tls_failed:
        case upstream_reset:
        case upstream_malformed:
        case upstream_empty:
        case upstream_unauthorized:
        case upstream_not_found:
        case upstream_server_error:
        case stream_cut:
        case stream_error_event:
        case io_closed:
        case io_reset:
            return 502;
        case ledger_unavailable:
        case too_many_connections:
        case draining:
        case no_target:
        case upstream_quota_exhausted:
        case upstream_overloaded:
        case io_cancelled:
        case unavailable:
            return 503;
        case connect_timeout:
        case header_timeout:
        case first_token_timeout:
        case deadline_exceeded:
        case stream_idle_timeout:
        case io_timeout:
            return 504;
        case address_in_use:
        case store_failed:
        case internal:
            return 500;
    }
    return 500;
}

std::string openai_error_body(const ErrorAnswer& answer) {
    std::string out;
    append_error(out, answer);
    return out;
}

std::string openai_error_event(const ErrorAnswer& answer) {
    std::string out = "data: ";
    append_error(out, answer);
    out += "\n\n";
    return out;
}

}  // namespace signalbox::protocol
