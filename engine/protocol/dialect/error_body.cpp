#include "engine/protocol/dialect/error_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/protocol/sse/decoder.h"

namespace signalbox::protocol {
namespace {

struct StatusRow {
    ErrorCode code;
    int status;
};

using enum ErrorCode;

constexpr std::array statuses = std::to_array<StatusRow>({
    {ok, 200},
    {malformed_http, 400},
    {malformed_json, 400},
    {invalid_utf8, 400},
    {missing_model, 400},
    {invalid_parameter, 400},
    {context_too_long, 400},
    {upstream_bad_request, 400},
    {upstream_context_too_long, 400},
    {upstream_content_filter, 400},
    {invalid_argument, 400},
    {config_invalid, 400},
    {missing_key, 401},
    {invalid_key, 401},
    {unauthenticated, 401},
    {model_not_allowed, 403},
    {permission_denied, 403},
    {unknown_path, 404},
    {model_not_found, 404},
    {not_found, 404},
    {method_not_allowed, 405},
    {slow_client, 408},
    {conflict, 409},
    {body_too_large, 413},
    {rate_limited, 429},
    {budget_exhausted, 429},
    {queue_full, 429},
    {queue_timeout, 429},
    {limit_reached, 429},
    {upstream_rate_limited, 429},
    {header_too_large, 431},
    {client_gone, 499},
    {dns_failed, 502},
    {connect_refused, 502},
    {tls_failed, 502},
    {upstream_reset, 502},
    {upstream_malformed, 502},
    {upstream_empty, 502},
    {upstream_unauthorized, 502},
    {upstream_not_found, 502},
    {upstream_server_error, 502},
    {stream_cut, 502},
    {stream_error_event, 502},
    {io_closed, 502},
    {io_reset, 502},
    {ledger_unavailable, 503},
    {too_many_connections, 503},
    {draining, 503},
    {no_target, 503},
    {redirected, 500},
    {breaker_open, 500},
    {cooling_down, 500},
    {at_capacity, 500},
    {ramping, 500},
    {target_draining, 500},
    {overtaken, 500},
    {upstream_quota_exhausted, 503},
    {upstream_overloaded, 503},
    {io_cancelled, 503},
    {unavailable, 503},
    {connect_timeout, 504},
    {header_timeout, 504},
    {first_token_timeout, 504},
    {deadline_exceeded, 504},
    {stream_idle_timeout, 504},
    {io_timeout, 504},
    {address_in_use, 500},
    {store_failed, 500},
    {internal, 500},
});

consteval bool every_code_has_one_status() {
    for (int i = 0; i < error_code_count; ++i) {
        if (std::ranges::count(statuses, static_cast<ErrorCode>(i), &StatusRow::code) != 1) return false;
    }
    return true;
}
static_assert(every_code_has_one_status());

std::string_view type_of(ErrorCode code) {
    if (code == ErrorCode::budget_exhausted) return "insufficient_quota";
    const int status = http_status(code);
    if (status == 401) return "authentication_error";
    if (status == 403) return "permission_error";
    if (status == 429) return "rate_limit_error";
    return status < 500 ? "invalid_request_error" : "api_error";
}

}  // namespace

int http_status(ErrorCode code) {
    const auto row = std::ranges::find(statuses, code, &StatusRow::code);
    return row == statuses.end() ? 500 : row->status;
}

std::string openai_error_body(const ErrorAnswer& answer) {
    std::string out = R"({"error":{"message":)";
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
    return out;
}

std::string openai_error_event(const ErrorAnswer& answer) {
    std::string out;
    append_sse(out, {}, openai_error_body(answer));
    return out;
}

}  // namespace signalbox::protocol
