// Step 8: the reservation ends with what happened, and the answer is priced.
#include <algorithm>

#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

constexpr std::int64_t million = 1'000'000;

// Prices are micro-dollars per million tokens; each part is rounded up to the next micro-dollar.
MicroUsd cost_of(const Usage& usage, const core::Price& price) {
    const auto counted = [](std::int64_t tokens) {
        return std::clamp<std::int64_t>(tokens, 0, limits::usage_tokens_max);
    };
    const std::int64_t cached = counted(usage.cached_input_tokens);
    const std::int64_t fresh = counted(usage.input_tokens - cached);
    const std::int64_t output = counted(usage.output_tokens);
    const auto part = [](std::int64_t tokens, MicroUsd each) { return (tokens * each.value + million - 1) / million; };
    return {part(fresh, price.input) + part(cached, price.cached_input) + part(output, price.output)};
}

}  // namespace

void settle(Exchange& x, const Attempt& a, ErrorCode result) {
    ports::RequestRecord& row = x.record;
    const core::Deployment& deployment = x.deployment();
    row.served_model = x.step().entry->name;
    row.served_deployment = row.attempts.back().deployment;
    row.usage = a.usage;
    if (deployment.limits.price) row.cost = cost_of(a.usage, *deployment.limits.price);
    row.error = result;
    if (result != ErrorCode::ok) {
        row.attempts.back().result = result;
        row.attempts.back().detail = a.error.detail;
        if (row.why == ErrorCode::ok) row.why = result;
    }
    core::AttemptOutcome outcome;
    outcome.note = {a.cause == ErrorCode::ok ? result : a.cause, a.status, row.id, false};
    // How long a whole chat answer took says how long it was, not how quick its provider is.
    const bool comparable =
        a.streaming || x.endpoint == protocol::Endpoint::embeddings || x.endpoint == protocol::Endpoint::images;
    if (comparable) outcome.first_token_us = a.first_token_us;
    x.reservation.settle(outcome, x.s.clock.now(), x.s.random.next());
}

}  // namespace signalbox::flow
