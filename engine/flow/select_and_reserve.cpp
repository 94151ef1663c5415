// Step 5: filter, score, claim and reserve slot, memory, rates and money in one critical section; wait, bounded, while
// every target is busy.
#include <algorithm>

#include "engine/base/scope_exit.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

ErrorCode why_of(const core::Choice& decision) {
    switch (decision.diverted_from->verdict) {
        case core::Verdict::no_credit:
            return decision.refusal;
        case core::Verdict::cooling_down:
        case core::Verdict::rate_full:
            return ErrorCode::cooling_down;
        case core::Verdict::at_capacity:
        case core::Verdict::memory_full:
            return ErrorCode::at_capacity;
        case core::Verdict::ramping:
        case core::Verdict::stalled:
            return ErrorCode::ramping;
        case core::Verdict::target_draining:
            return ErrorCode::target_draining;
        case core::Verdict::context_too_long:
            return ErrorCode::context_too_long;
        default:
            return ErrorCode::breaker_open;
    }
}

// The first reason that moved this request off its first choice stays its `why`.
void note_diversion(Exchange& x, const core::Choice& decision) {
    if (!decision.diverted_from || x.record.why != ErrorCode::ok) return;
    const core::CandidateVerdict& from = *decision.diverted_from;
    x.record.why = why_of(decision);
    x.record.why_detail = x.rules.table->deployments()[static_cast<std::size_t>(from.deployment)].name;
}

void decide(Exchange& x, Attempt& a, QueuePlace& place, Instant now) {
    core::Decision& decision = x.s.scratch;
    a.reservation =
        x.s.router.decide(decide_input(x, now, x.s.random.next()), place, x.entry, x.s.clock.wall(), decision);
    a.decision = decision;
    // The trace tells something only where the request did not simply go to its first choice.
    const bool plain = decision.kind == core::Choice::Kind::go && !decision.diverted_from && x.attempts == 0;
    if (!plain) x.trace = decision.trace;
    note_diversion(x, decision);
}

// Everything is there but money that is being taken out of the budget: a matter of milliseconds, unless the ledger's
// disk hangs.
bool awaits_credit(const core::Choice& decision) {
    return decision.kind == core::Choice::Kind::wait && decision.refusal == ErrorCode::ledger_unavailable;
}

const std::string only_at_home =
    "previous_response_id: only the target that made that response can go on from it, and it cannot serve now.";

Error refusal_of(const Exchange& x, const core::Choice& decision) {
    const std::string& model = x.scan.model;
    switch (decision.refusal) {
        case ErrorCode::rate_limited:
            return {ErrorCode::rate_limited, "The account '" + x.record.account + "' has used up its " +
                                                 std::string(core::to_string(decision.short_of)) + " per minute."};
        case ErrorCode::budget_exhausted:
            return {ErrorCode::budget_exhausted, "The budget of the account '" + x.record.account + "' is used up."};
        case ErrorCode::ledger_unavailable:
            return {ErrorCode::ledger_unavailable,
                    "The ledger cannot be written, and the credit of the account '" + x.record.account +
                        "' that was taken in advance is used up. Models that cost nothing are still served."};
        default:
            return {decision.refusal, x.sticky ? only_at_home : "Nothing can serve '" + model + "' now."};
    }
}

// The last write of an answer may begin when the request's time is over: as much as we hold, to the slowest reader.
constexpr Nanos write_time_max =
    limits::client_write_max + std::chrono::seconds(limits::buffered_answer_max / limits::client_write_pace_min);

Error out_of_time(const Exchange& x, const core::Choice& decision) {
    if (awaits_credit(decision)) return refusal_of(x, decision);
    if (x.last_error) return *x.last_error;
    return {ErrorCode::queue_timeout, "No target of '" + x.scan.model + "' became free in time."};
}

}  // namespace

core::DecideInput decide_input(const Exchange& x, Instant now, std::uint64_t draw) {
    const core::Ask& ask = x.entry.ask();
    return {.plan = x.plan,
            .tried = x.tried,
            .need = {ask.input_tokens, ask.output.expected, ask.cap, ask.output.variance},
            .check_context = x.config().defaults.context_check,
            .may_fail_over = x.attempts + 1 < attempts_allowed(x),
            .streamed = x.scan.stream,
            .now = now,
            .probe_lease = after(x.total_deadline, write_time_max) - now,
            .draw = draw};
}

Task<Result<void>> select_and_reserve(Exchange& x, Attempt& a) {
    QueuePlace place;
    std::shared_ptr<ports::Alarm> alarm;
    const ScopeExit leave([&] {
        if (alarm != nullptr) x.s.router.stop_awaiting_credit(alarm);
    });
    const Nanos queued_before = x.queued;
    const Instant began = x.s.clock.now();
    const Instant patience = std::min(x.total_deadline, after(began, x.config().defaults.queue.wait));
    for (;;) {
        const Instant now = x.s.clock.now();
        decide(x, a, place, now);
        if (a.decision.kind == core::Choice::Kind::go) {
            if (x.sticky) stay_with(x, a.decision.chosen.lane);
            a.deadlines = x.step(a).entry->deadlines;
            co_return Result<void>{};
        }
        if (a.decision.kind == core::Choice::Kind::refuse) {
            if (a.decision.refusal == ErrorCode::rate_limited) x.retry_after = a.decision.retry_at - now;
            co_return std::unexpected(refusal_of(x, a.decision));
        }
        const bool hopeless = !a.decision.busy && a.decision.retry_at > patience;
        // What a provider said to this request stands.
        if (hopeless && !x.last_error) {
            x.retry_after = std::clamp<Nanos>(a.decision.retry_at - now, 1s, limits::retry_after_max);
        }
        if (now >= patience || hopeless) {
            co_return std::unexpected(out_of_time(x, a.decision));
        }
        if (alarm == nullptr) {
            alarm = x.s.clock.make_alarm();
            x.watch.stop_alarm(alarm);
        }
        // What came between the decision and the listening rang for nobody: decide once more before sleeping.
        if (awaits_credit(a.decision)) {
            place = {};  // whoever has credit may take the places meanwhile
            if (x.s.router.await_credit(alarm)) continue;
        } else if (!place.held()) {
            Result<QueuePlace> joined =
                x.s.router.join_queue({x.plan.steps.front().entry->name, alarm, patience}, x.entry, now);
            if (!joined) co_return std::unexpected(std::move(joined.error()));
            place = std::move(*joined);
            continue;
        }
        const Instant until = std::min(patience, a.decision.retry_at);
        co_await alarm->wait_until(until);
        x.queued = queued_before + (x.s.clock.now() - began);
        if (x.watch.gone()) co_return fail(ErrorCode::client_gone, "the client left while it was waiting");
    }
}

}  // namespace signalbox::flow
