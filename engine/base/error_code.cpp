#include "engine/base/error_code.h"

#include <array>

namespace signalbox {
namespace {

struct Row {
    ErrorCode code;
    std::string_view word;
    Stage stage;
};

constexpr std::array<Row, error_code_count> rows = {{
    {ErrorCode::ok, "ok", Stage::parse},
    {ErrorCode::malformed_http, "malformed_http", Stage::parse},
    {ErrorCode::header_too_large, "header_too_large", Stage::parse},
    {ErrorCode::body_too_large, "body_too_large", Stage::parse},
    {ErrorCode::slow_client, "slow_client", Stage::parse},
    {ErrorCode::malformed_json, "malformed_json", Stage::parse},
    {ErrorCode::invalid_utf8, "invalid_utf8", Stage::parse},
    {ErrorCode::missing_model, "missing_model", Stage::parse},
    {ErrorCode::invalid_parameter, "invalid_parameter", Stage::parse},
    {ErrorCode::unknown_path, "unknown_path", Stage::parse},
    {ErrorCode::method_not_allowed, "method_not_allowed", Stage::parse},
    {ErrorCode::missing_key, "missing_key", Stage::authenticate},
    {ErrorCode::invalid_key, "invalid_key", Stage::authenticate},
    {ErrorCode::model_not_allowed, "model_not_allowed", Stage::authenticate},
    {ErrorCode::rate_limited, "rate_limited", Stage::rate},
    {ErrorCode::budget_exhausted, "budget_exhausted", Stage::budget},
    {ErrorCode::ledger_unavailable, "ledger_unavailable", Stage::ledger},
    {ErrorCode::context_too_long, "context_too_long", Stage::context},
    {ErrorCode::queue_full, "queue_full", Stage::queue},
    {ErrorCode::queue_timeout, "queue_timeout", Stage::queue},
    {ErrorCode::too_many_connections, "too_many_connections", Stage::parse},
    {ErrorCode::draining, "draining", Stage::queue},
    {ErrorCode::model_not_found, "model_not_found", Stage::select},
    {ErrorCode::no_target, "no_target", Stage::select},
    {ErrorCode::redirected, "redirected", Stage::select},
    {ErrorCode::breaker_open, "breaker_open", Stage::select},
    {ErrorCode::cooling_down, "cooling_down", Stage::select},
    {ErrorCode::at_capacity, "at_capacity", Stage::select},
    {ErrorCode::ramping, "ramping", Stage::select},
    {ErrorCode::target_draining, "target_draining", Stage::select},
    {ErrorCode::dns_failed, "dns_failed", Stage::attempt},
    {ErrorCode::connect_refused, "connect_refused", Stage::attempt},
    {ErrorCode::connect_timeout, "connect_timeout", Stage::attempt},
    {ErrorCode::tls_failed, "tls_failed", Stage::attempt},
    {ErrorCode::upstream_reset, "upstream_reset", Stage::attempt},
    {ErrorCode::header_timeout, "header_timeout", Stage::attempt},
    {ErrorCode::first_token_timeout, "first_token_timeout", Stage::attempt},
    {ErrorCode::upstream_malformed, "upstream_malformed", Stage::attempt},
    {ErrorCode::upstream_empty, "upstream_empty", Stage::attempt},
    {ErrorCode::upstream_unauthorized, "upstream_unauthorized", Stage::attempt},
    {ErrorCode::upstream_not_found, "upstream_not_found", Stage::attempt},
    {ErrorCode::upstream_rate_limited, "upstream_rate_limited", Stage::attempt},
    {ErrorCode::upstream_quota_exhausted, "upstream_quota_exhausted", Stage::attempt},
    {ErrorCode::upstream_overloaded, "upstream_overloaded", Stage::attempt},
    {ErrorCode::upstream_server_error, "upstream_server_error", Stage::attempt},
    {ErrorCode::upstream_bad_request, "upstream_bad_request", Stage::attempt},
    {ErrorCode::upstream_context_too_long, "upstream_context_too_long", Stage::attempt},
    {ErrorCode::upstream_content_filter, "upstream_content_filter", Stage::attempt},
    {ErrorCode::deadline_exceeded, "deadline_exceeded", Stage::attempt},
    {ErrorCode::overtaken, "overtaken", Stage::attempt},
    {ErrorCode::stream_cut, "stream_cut", Stage::stream},
    {ErrorCode::stream_idle_timeout, "stream_idle_timeout", Stage::stream},
    {ErrorCode::stream_error_event, "stream_error_event", Stage::stream},
    {ErrorCode::client_gone, "client_gone", Stage::stream},
    {ErrorCode::io_closed, "io_closed", Stage::attempt},
    {ErrorCode::io_reset, "io_reset", Stage::attempt},
    {ErrorCode::io_timeout, "io_timeout", Stage::attempt},
    {ErrorCode::io_cancelled, "io_cancelled", Stage::attempt},
    {ErrorCode::address_in_use, "address_in_use", Stage::attempt},
    {ErrorCode::unauthenticated, "unauthenticated", Stage::select},
    {ErrorCode::permission_denied, "permission_denied", Stage::select},
    {ErrorCode::invalid_argument, "invalid_argument", Stage::select},
    {ErrorCode::not_found, "not_found", Stage::select},
    {ErrorCode::conflict, "conflict", Stage::select},
    {ErrorCode::limit_reached, "limit_reached", Stage::select},
    {ErrorCode::unavailable, "unavailable", Stage::select},
    {ErrorCode::config_invalid, "config_invalid", Stage::select},
    {ErrorCode::store_failed, "store_failed", Stage::select},
    {ErrorCode::internal, "internal", Stage::select},
}};

consteval bool rows_follow_the_enum() {
    for (int i = 0; i < error_code_count; ++i) {
        if (static_cast<int>(rows[i].code) != i) return false;
    }
    return true;
}
static_assert(rows_follow_the_enum());

constexpr std::array<std::string_view, 10> stage_words = {"parse",   "authenticate", "rate",   "budget",  "ledger",
                                                          "context", "queue",        "select", "attempt", "stream"};

}  // namespace

std::string_view to_string(ErrorCode code) {
    return rows[static_cast<int>(code)].word;
}

std::string_view to_string(Stage stage) {
    return stage_words[static_cast<int>(stage)];
}

std::optional<ErrorCode> error_code_from(std::string_view word) {
    for (const Row& row : rows) {
        if (row.word == word) return row.code;
    }
    return std::nullopt;
}

Stage stage_of(ErrorCode code) {
    return rows[static_cast<int>(code)].stage;
}

}  // namespace signalbox
