// Step 8: the reservation ends with what happened, and the answer is priced.
#include <algorithm>

#include "engine/core/ledger/price.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

// What the account's rates and the estimates learn from this answer when the request is recorded.
void describe_end(Exchange& x, const Attempt& a, const Usage& usage, ErrorCode result) {
    x.end.answered = true;
    x.end.well = result == ErrorCode::ok;
    x.end.whole = result == ErrorCode::ok && a.usage.output_tokens >= 0;
    x.end.text_only = !x.scan.has_images && a.usage.input_tokens >= 0;
    x.end.input_tokens = usage.input_tokens;
    x.end.output_tokens = usage.output_tokens;
    x.end.deployment = x.deployment(a).id;
}

}  // namespace

core::AttemptOutcome outcome_of(const Exchange& x, const Attempt& a, ErrorCode code) {
    core::AttemptOutcome outcome;
    outcome.note = {code, a.status, x.record.id, false};
    outcome.note.began = a.began;
    outcome.rates = a.rates;
    outcome.content = a.first_token_us >= 0;
    const Instant until =
        outcome.content ? after(a.sent, std::chrono::microseconds(a.first_token_us)) : x.s.clock.now();
    outcome.silent = until - a.began;
    outcome.streamed = x.scan.stream;
    return outcome;
}

Usage used_so_far(const Exchange& x, const Attempt& a) {
    Usage usage = a.usage;
    if (usage.input_tokens < 0) usage.input_tokens = x.entry.ask().input_tokens;
    if (usage.output_tokens < 0) {
        const bool text = x.step(a).entry->shape == core::Shape::chat;
        usage.output_tokens = a.relay ? a.relay->pieces
                              : text  ? core::estimate_tokens(static_cast<std::int64_t>(a.body.size()))
                                      : 0;
    }
    return usage;
}

MicroUsd cost_so_far(const Exchange& x, const Attempt& a) {
    const std::optional<core::Price>& price = x.deployment(a).limits.price;
    if (core::costs_money(price) && a.told_cost) return *a.told_cost;
    return price ? core::cost_of(used_so_far(x, a), *price) : MicroUsd{};
}

void settle(Exchange& x, Attempt& a) {
    const ErrorCode result = a.error.code;
    ports::RequestRecord& row = x.record;
    const Usage usage = used_so_far(x, a);
    x.fell_back = a.decision.chosen.step > 0;
    row.served_model = x.step(a).entry->name;
    row.served_deployment = x.row(a).deployment;
    row.usage = result == ErrorCode::ok ? a.usage : usage;
    const MicroUsd cost = cost_so_far(x, a);
    row.cost = row.cost + cost;  // besides what broken attempts had produced
    row.error = result;
    if (row.why == ErrorCode::ok) row.why = result;
    describe_end(x, a, usage, result);
    core::AttemptOutcome outcome = outcome_of(x, a, a.blame());
    // How long a whole chat answer took says how long it was, not how quick its provider is.
    const bool comparable =
        a.streaming || x.endpoint == protocol::Endpoint::embeddings || x.endpoint == protocol::Endpoint::images;
    if (comparable) outcome.first_token_us = a.first_token_us;
    const Instant now = x.s.clock.now();
    outcome.total_us = to_us(now - a.sent);
    outcome.output_tokens = usage.output_tokens;
    outcome.tokens_used = usage.input_tokens + usage.output_tokens;
    if (a.untold) outcome.tell_nothing();
    a.reservation.settle(outcome, {cost, !a.usage.known(), x.s.clock.wall()}, now, x.s.random.next());
}

void settle_overtaken(Exchange& x, Attempt& a) {
    a.error = {ErrorCode::overtaken, {}};
    x.row(a).result = ErrorCode::overtaken;
    MicroUsd cost{};
    if (a.sent != Instant{}) {  // what it has read, it charges for
        const Usage usage = used_so_far(x, a);
        cost = cost_so_far(x, a);
        x.record.cost = x.record.cost + cost;
        x.end.broken_input += usage.input_tokens;
        x.end.broken_output += usage.output_tokens;
    }
    core::AttemptOutcome outcome = outcome_of(x, a, ErrorCode::overtaken);
    if (a.untold) outcome.tell_nothing();
    a.reservation.settle(outcome, {cost, !a.usage.known(), x.s.clock.wall()}, x.s.clock.now(), x.s.random.next());
}

}  // namespace signalbox::flow
