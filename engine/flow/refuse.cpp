// The other end of the journey: one typed error, in the client's dialect, with the fleet as it was at that instant.
#include <algorithm>
#include <array>

#include "engine/flow/dialect.h"
#include "engine/flow/response_head.h"
#include "engine/flow/steps.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::flow {
namespace {

// Only "busy" invites the client back, and never later than SDKs are willing to wait.
std::optional<Nanos> when_to_return(const Exchange& x, ErrorCode code) {
    const int status = protocol::http_status(code);
    if (status != 429 && status != 503) return std::nullopt;
    if (code == ErrorCode::rate_limited)
        return std::clamp<Nanos>(x.retry_after.value_or(1s), 1s, limits::retry_after_max);
    if (x.retry_after) return *x.retry_after <= limits::retry_after_max ? x.retry_after : std::nullopt;
    if (code == ErrorCode::draining) return 1s;
    if (code != ErrorCode::queue_full && code != ErrorCode::queue_timeout) return std::nullopt;
    return x.s.router.retry_after(x.plan.steps.front().entry->name, x.s.clock.now());
}

// {"targets":[{"target","verdict","in_flight"}…],"queued":n}: what a decision would see at this instant.
// "shed_while_idle" where a target could have served what admission refused.
std::string fleet_at_refusal(Exchange& x, ErrorCode code) {
    if (x.plan.steps.empty()) return {};
    const Instant now = x.s.clock.now();
    const std::vector<core::CandidateVerdict>& trace = x.s.scratch.trace;
    const Router::Refusal fleet =
        x.s.router.note_refusal(x.entry, decide_input(x, now, x.s.random.next()), code, x.attempts, x.s.scratch);
    if (fleet.idle || (x.attempts == 0 && x.trace.empty())) x.trace = trace;
    std::string json = "{\"targets\":[";
    for (std::size_t i = 0; i < trace.size(); ++i) {
        if (i > 0) json += ',';
        json += "{\"target\":";
        protocol::append_json_string(json, fleet.lanes[static_cast<std::size_t>(trace[i].lane)]);
        json += ",\"verdict\":";
        protocol::append_json_string(json, core::to_string(trace[i].verdict));
        json += ",\"in_flight\":" + std::to_string(fleet.in_flight[i]) + "}";
    }
    json += "],\"queued\":" + std::to_string(fleet.queued) + (fleet.idle ? ",\"shed_while_idle\":true}" : "}");
    return json;
}

// The field a parameter error is about stands before the colon.
std::string param_of(const Error& error) {
    if (error.code == ErrorCode::model_not_found || error.code == ErrorCode::missing_model) return "model";
    if (error.code != ErrorCode::invalid_parameter) return {};
    return error.detail.substr(0, error.detail.find(':'));
}

// A provider's own refusal of the request is the client's to read: its status and its words, not ours.
std::optional<int> providers_status(const Exchange& x, ErrorCode code) {
    switch (code) {
        case ErrorCode::upstream_bad_request:
        case ErrorCode::upstream_context_too_long:
        case ErrorCode::upstream_content_filter:
            break;
        default:
            return std::nullopt;
    }
    const auto said = std::ranges::find(x.record.attempts, code, &ports::AttemptRecord::result);
    return said == x.record.attempts.end() ? std::nullopt : std::optional(said->status);
}

// Closing on a client that still sends would reset the connection and lose our answer: take what comes for a moment.
Task<void> discard_rest(Exchange& x) {
    x.client.stream->expire_at(after(x.s.clock.now(), limits::client_discard_time));
    std::array<char, 4096> space;
    for (std::size_t dropped = 0; dropped < limits::client_discard_max;) {
        Result<std::size_t> got = co_await x.client.stream->read_some(space);
        if (!got || *got == 0) co_return;
        dropped += *got;
    }
}

// The stream has begun: an error event, and a body without its last chunk, which no client takes for an end.
Task<void> end_inside(Exchange& x, const protocol::ErrorAnswer& answer) {
    const std::string event = protocol::error_event(client_dialect(x.endpoint), answer);
    (void)co_await send_chunk(x, event, false);
    x.must_close = true;
}

}  // namespace

Task<void> refuse(Exchange& x, Error error) {
    co_await stop_keeping_alive(x);
    x.record.error = error.code;
    if (x.record.why == ErrorCode::ok) x.record.why = error.code;
    x.record.status = x.head_sent ? 200 : 499;
    if (error.code == ErrorCode::client_gone || x.watch.gone()) co_return;
    protocol::ErrorAnswer answer;
    answer.code = error.code;
    answer.param = param_of(error);
    answer.stage = stage_of(error.code);
    answer.request_id = x.record.id;
    answer.attempts = x.attempts;
    answer.retry_after = when_to_return(x, error.code);
    answer.fleet_json = x.record.fleet = fleet_at_refusal(x, error.code);
    // Whose key it was and what the provider thinks of it is the operator's business.
    const bool our_key = error.code == ErrorCode::upstream_unauthorized;
    answer.message = our_key ? "The provider refused this gateway's credentials." : std::move(error.detail);
    if (x.head_sent) {
        co_await end_inside(x, answer);
        co_return;
    }
    std::optional<int> status = providers_status(x, error.code);
    if (!status || *status < 400) status = protocol::http_status(error.code);
    x.record.status = *status;
    const std::string body = protocol::error_body(client_dialect(x.endpoint), answer);
    const std::string head = error_head(x, x.record.status, body.size(), answer.retry_after);
    x.answered = co_await send_answer(x, head, body);
    if (x.answered && x.must_close) co_await discard_rest(x);
}

}  // namespace signalbox::flow
