#include "engine/control/request_messages.h"

#include <array>
#include <cstdint>
#include <string>

#include "engine/base/text.h"

namespace signalbox::control {
namespace {

using ports::Outcome;

std::optional<Outcome> outcome_from(std::string_view word) {
    for (int i = 0; i < ports::outcome_count; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        if (to_string(outcome) == word) return outcome;
    }
    return std::nullopt;
}

template <class List>
std::vector<typename List::value_type> to_vector(const List& list) {
    return {list.begin(), list.end()};
}

v1::Attempt to_message(const ports::AttemptRecord& attempt) {
    v1::Attempt out;
    out.set_model(to_utf8(attempt.model));
    out.set_provider(attempt.provider);
    out.set_deployment(to_utf8(attempt.deployment));
    out.set_key(attempt.key);
    out.set_result(std::string(to_string(attempt.result)));
    out.set_detail(to_utf8(attempt.detail));
    out.set_status(attempt.status);
    out.set_start_us(attempt.start_us);
    if (attempt.connect_us >= 0) out.set_connect_us(attempt.connect_us);
    if (attempt.headers_us >= 0) out.set_headers_us(attempt.headers_us);
    if (attempt.first_token_us >= 0) out.set_first_token_us(attempt.first_token_us);
    out.set_total_us(attempt.total_us);
    out.set_breaker_bypassed(attempt.breaker_bypassed);
    out.set_probe(attempt.probe);
    out.set_hedge(attempt.hedge);
    out.set_drill(attempt.drill);
    return out;
}

v1::Candidate to_message(const ports::CandidateRecord& candidate) {
    v1::Candidate out;
    out.set_deployment(to_utf8(candidate.deployment));
    out.set_model(to_utf8(candidate.model));
    out.set_key(candidate.key);
    out.set_verdict(candidate.verdict);
    out.set_score(candidate.score);
    return out;
}

void set_who(const ports::RequestRecord& record, v1::Request& out) {
    out.set_endpoint(to_utf8(record.endpoint));
    out.set_account(record.account);
    out.set_tags(to_utf8(record.tags));
    out.set_client(record.client);
    out.set_user_agent(to_utf8(record.user_agent));
    out.set_client_retry(record.client_retry);
}

void set_route(const ports::RequestRecord& record, v1::Request& out) {
    out.set_requested_model(to_utf8(record.requested_model));
    out.set_served_model(to_utf8(record.served_model));
    out.set_served_deployment(to_utf8(record.served_deployment));
    out.set_override_id(record.override_id);
    out.set_config_revision(record.config_revision);
    for (const auto& attempt : record.attempts) *out.add_attempts() = to_message(attempt);
    for (const auto& candidate : record.candidates) *out.add_candidates() = to_message(candidate);
    out.set_fleet_json(to_utf8(record.fleet));
}

void set_result(const ports::RequestRecord& record, v1::Request& out) {
    out.set_outcome(std::string(to_string(record.outcome)));
    out.set_error(std::string(to_string(record.error)));
    if (record.why != ErrorCode::ok) out.set_why(std::string(to_string(record.why)));
    out.set_why_detail(to_utf8(record.why_detail));
    out.set_status(record.status);
    out.set_streamed(record.streamed);
    out.set_cached(record.cached);
}

void set_measures(const ports::RequestRecord& record, v1::Request& out) {
    out.set_estimated_input_tokens(record.estimated_input_tokens);
    if (record.usage.input_tokens >= 0) out.set_input_tokens(record.usage.input_tokens);
    if (record.usage.output_tokens >= 0) out.set_output_tokens(record.usage.output_tokens);
    if (record.usage.cached_input_tokens >= 0) out.set_cached_input_tokens(record.usage.cached_input_tokens);
    out.set_cost_microusd(record.cost.value);
    out.set_queue_us(record.queue_us);
    if (record.first_token_us >= 0) out.set_first_token_us(record.first_token_us);
    out.set_total_us(record.total_us);
    out.set_overhead_us(record.overhead_us);
    out.set_bytes_in(record.bytes_in);
    out.set_bytes_out(record.bytes_out);
}

}  // namespace

Result<ports::HistoryFilter> to_filter(const v1::RequestFilter& filter) {
    ports::HistoryFilter out;
    for (const auto& word : filter.outcomes()) {
        const auto outcome = outcome_from(word);
        if (!outcome) return fail(ErrorCode::invalid_argument, "there is no outcome '" + word + "'");
        out.outcomes.push_back(*outcome);
    }
    out.requested = to_vector(filter.requested());
    out.served = to_vector(filter.served());
    out.accounts = to_vector(filter.accounts());
    out.why = to_vector(filter.why());
    out.statuses = to_vector(filter.statuses());
    if (filter.has_fallback()) out.fallback = filter.fallback();
    if (filter.has_streamed()) out.streamed = filter.streamed();
    if (filter.has_overridden()) out.overridden = filter.overridden();
    if (filter.has_override_id()) out.override_id = filter.override_id();
    if (filter.has_since_unix_us()) out.since = WallTime{filter.since_unix_us()};
    if (filter.has_until_unix_us()) out.until = WallTime{filter.until_unix_us()};
    if (filter.has_min_total_us()) out.min_total_us = filter.min_total_us();
    if (filter.has_min_first_token_us()) out.min_first_token_us = filter.min_first_token_us();
    out.id_prefix = filter.id_prefix();
    return out;
}

v1::Request to_message(const ports::RequestRecord& record) {
    v1::Request out;
    out.set_id(record.id);
    out.set_time_unix_us(record.time.unix_us);
    set_result(record, out);
    set_who(record, out);
    set_route(record, out);
    set_measures(record, out);
    return out;
}

}  // namespace signalbox::control
