#include "engine/core/drill/fault.h"

#include <algorithm>
#include <array>

namespace signalbox::core {
namespace {

using enum Fault;

constexpr Nanos flap_period = 30s;

// In the order of the enum.
constexpr auto faults = std::to_array<FaultInfo>({
    {none, "none", "nothing is wrong"},
    {refused, "refused", "the connection is refused", Reach::provider},
    {reset, "reset", "the connection is reset before an answer", Reach::provider},
    {silence, "silence", "takes the request and never answers", Reach::provider},
    {not_found, "not_found", "404"},
    {unauthorized, "unauthorized", "401", Reach::key},
    {rate_limited, "rate_limited", "429 with Retry-After", Reach::key},
    {rate_limited_mute, "rate_limited_mute", "429 without", Reach::key},
    {server_error, "server_error", "500"},
    {overloaded, "overloaded", "503"},
    {context_overflow, "context_overflow", "400, the prompt is too long"},
    {content_filter, "content_filter", "400, filtered"},
    {empty, "empty", "200 without content"},
    {garbage, "garbage", "200 with something that is not JSON"},
    {slow_first_token, "slow_first_token", "the first token takes ten times as long", Reach::target, true},
    {cut, "cut", "reset in mid-answer", Reach::target, true},
    {stall, "stall", "silence in mid-answer", Reach::target, true},
    {malformed_event, "malformed_event", "a broken event in mid-stream; broken JSON", Reach::target, true},
    {missing_done, "missing_done", "the stream ends without [DONE]", Reach::target, true},
    {flapping, "flapping", "500 for 30 s, fine for 30 s"},
    {clean_cut, "clean_cut", "the connection ends cleanly in mid-answer", Reach::target, true},
    {error_event, "error_event", "an error event in mid-stream; an error in a 200", Reach::target, true},
    {error_first, "error_first", "the same before any content"},
    {forbidden, "forbidden", "403", Reach::key},
    {quota_exhausted, "quota_exhausted", "429 that no waiting cures", Reach::key},
    {site_overloaded, "site_overloaded", "529", Reach::provider},
    {bad_request, "bad_request", "400, in its own words"},
    {rejects_prefill, "rejects_prefill", "400 where the last message is the assistant's"},
    {odd_framing, "odd_framing", "nothing wrong: byte order mark, comments, CRLF, no space", Reach::target, true},
    {status, "status", "an HTTP status of the script's own"},
});
constexpr bool in_order() {
    for (std::size_t i = 0; i < faults.size(); ++i)
        if (static_cast<std::size_t>(faults[i].fault) != i) return false;
    return true;
}
static_assert(in_order());

}  // namespace

std::span<const FaultInfo> fault_catalogue() {
    return std::span(faults).subspan(1, faults.size() - 2);
}

const FaultInfo& info_of(Fault fault) {
    return faults[static_cast<std::size_t>(fault)];
}

std::string_view to_string(Fault fault) {
    return info_of(fault).word;
}

std::optional<Fault> fault_from(std::string_view word) {
    const auto found = std::ranges::find(faults, word, &FaultInfo::word);
    return found == faults.end() ? std::nullopt : std::optional(found->fault);
}

FaultAnswer answer_of(Fault fault) {
    switch (fault) {
        case not_found:
            return {404, "invalid_request_error", "model_not_found", "The model does not exist"};
        case unauthorized:
            return {401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided"};
        case forbidden:
            return {403, "invalid_request_error", "permission_denied", "This key may not use the model"};
        case quota_exhausted:
            return {429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota"};
        case site_overloaded:
            return {529, "server_error", "overloaded", "The site is currently overloaded"};
        case bad_request:
            return {400, "invalid_request_error", "invalid_value", "temperature must be below 2"};
        case rate_limited:
        case rate_limited_mute:
            return {429, "requests", "rate_limit_exceeded", "Rate limit reached for requests"};
        case flapping:
        case server_error:
            return {500, "server_error", "internal_error", "The server had an error"};
        case overloaded:
            return {503, "server_error", "overloaded", "The engine is currently overloaded"};
        case context_overflow:
            return {400, "invalid_request_error", "context_length_exceeded",
                    "This model's maximum context length is 8192 tokens"};
        case content_filter:
            return {400, "invalid_request_error", "content_filter", "The prompt was filtered"};
        default:
            return {};
    }
}

bool rests_between_flaps(Instant now) {
    return now.time_since_epoch() / flap_period % 2 == 1;
}

}  // namespace signalbox::core
