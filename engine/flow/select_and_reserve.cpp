// Step 5: filter, score, claim and reserve in one critical section; wait, bounded, while every target is busy.
#include <algorithm>

#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

core::DecideInput input_for(const Exchange& x, Instant now) {
    return {.plan = x.plan,
            .tried = x.tried,
            .input_tokens = x.record.estimated_input_tokens,
            .behind_waiters = false,
            .now = now,
            .probe_lease = x.deadlines.total + 30s,
            .draw = x.s.random.next()};
}

ErrorCode why_of(core::Verdict verdict) {
    switch (verdict) {
        case core::Verdict::cooling_down:
            return ErrorCode::cooling_down;
        case core::Verdict::at_capacity:
            return ErrorCode::at_capacity;
        case core::Verdict::context_too_long:
            return ErrorCode::context_too_long;
        default:
            return ErrorCode::breaker_open;
    }
}

// The first reason that moved this request off its first choice stays its `why`.
void note_diversion(Exchange& x) {
    const core::CandidateVerdict* from = x.decision.diverted_from();
    if (from == nullptr || x.record.why != ErrorCode::ok) return;
    x.record.why = why_of(from->verdict);
    x.record.why_detail = x.rules.table->deployments()[static_cast<std::size_t>(from->deployment)].name;
}

Error out_of_time(const Exchange& x) {
    if (x.last_error) return *x.last_error;
    return {ErrorCode::queue_timeout, "No target of '" + x.scan.model + "' became free in time."};
}

}  // namespace

Task<Result<void>> select_and_reserve(Exchange& x) {
    QueuePlace place;
    std::shared_ptr<ports::Alarm> alarm;
    const Nanos queued_before = x.queued;
    const Instant began = x.s.clock.now();
    const Instant patience = std::min(x.total_deadline, after(began, x.config().defaults.queue.wait));
    for (;;) {
        const Instant now = x.s.clock.now();
        x.reservation = x.s.router.decide(input_for(x, now), place, x.decision);
        note_diversion(x);
        if (x.decision.kind == core::Decision::Kind::go) {
            x.deadlines = x.step().entry->deadlines;
            co_return Result<void>{};
        }
        if (x.decision.kind == core::Decision::Kind::refuse) {
            co_return fail(x.decision.refusal, "Nothing can serve '" + x.scan.model + "' now.");
        }
        const bool hopeless = !x.decision.busy && x.decision.retry_at > patience;
        if (now >= patience || hopeless) {
            co_return std::unexpected(out_of_time(x));
        }
        if (!place.held()) {
            alarm = x.s.clock.make_alarm();
            Result<QueuePlace> joined = x.s.router.join_queue(x.plan.steps.front().entry->name, alarm);
            if (!joined) co_return std::unexpected(std::move(joined.error()));
            place = std::move(*joined);
            x.watch.stop_alarm(alarm);
            continue;  // a place given back between the decision and the queueing rang for nobody
        }
        const Instant until = std::min(patience, x.decision.retry_at);
        co_await alarm->wait_until(until);
        x.queued = queued_before + (x.s.clock.now() - began);
        if (x.watch.gone()) co_return fail(ErrorCode::client_gone, "the client left while it was waiting");
    }
}

}  // namespace signalbox::flow
