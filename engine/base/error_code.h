// The closed list of everything that can go wrong, and the stage of the journey it belongs to.
//
// The spelling returned by to_string() is part of the wire format: it is `error.code` in every answer of our own,
// the `why` column of the history and the `code` label of the metrics. Add to the list; never rename.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace signalbox {

enum class ErrorCode : std::uint8_t {
    ok,
    // parse: the request itself
    malformed_http,
    header_too_large,
    body_too_large,
    slow_client,
    malformed_json,
    invalid_utf8,
    missing_model,
    invalid_parameter,
    unknown_path,
    method_not_allowed,
    // authenticate
    missing_key,
    invalid_key,
    model_not_allowed,
    // admit: who may enter, and when
    rate_limited,
    budget_exhausted,
    ledger_unavailable,
    context_too_long,
    queue_full,
    queue_timeout,
    too_many_connections,
    draining,
    // select
    model_not_found,
    no_target,
    // select: why a request was not served by its first choice; never an error answer
    redirected,  // an override
    breaker_open,
    cooling_down,  // it had asked us to wait
    at_capacity,
    ramping,          // it has come back and takes a growing share
    target_draining,  // an operator takes it out of service
    // attempt: one call to one provider, before anything was sent to the client
    dns_failed,
    connect_refused,
    connect_timeout,
    tls_failed,
    upstream_reset,
    header_timeout,
    first_token_timeout,
    upstream_malformed,
    upstream_empty,
    upstream_unauthorized,
    upstream_not_found,
    upstream_rate_limited,
    upstream_quota_exhausted,
    upstream_overloaded,
    upstream_server_error,
    upstream_bad_request,
    upstream_context_too_long,
    upstream_content_filter,
    deadline_exceeded,
    overtaken,  // another attempt for the same request answered first; says nothing of the provider
    // stream: after the commit point
    stream_cut,
    stream_idle_timeout,
    stream_error_event,
    client_gone,
    // the world below the journey
    io_closed,
    io_reset,
    io_timeout,
    io_cancelled,
    address_in_use,
    // control API, store and configuration
    unauthenticated,
    permission_denied,
    invalid_argument,
    not_found,
    conflict,
    limit_reached,
    unavailable,
    config_invalid,
    store_failed,
    internal,
};
inline constexpr int error_code_count = static_cast<int>(ErrorCode::internal) + 1;

enum class Stage : std::uint8_t {
    parse,
    authenticate,
    rate,
    budget,
    ledger,
    context,
    queue,
    select,
    attempt,
    stream,
};

[[nodiscard]] std::string_view to_string(ErrorCode code);
[[nodiscard]] std::string_view to_string(Stage stage);
// The inverse of to_string; nullopt for a word that is not on the list.
[[nodiscard]] std::optional<ErrorCode> error_code_from(std::string_view word);
// The stage at which the journey reports this code.
[[nodiscard]] Stage stage_of(ErrorCode code);

}  // namespace signalbox
