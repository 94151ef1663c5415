// Between two attempts: what the failure means for the target, and whether and when to try again.
#include <algorithm>

#include "engine/core/routing/outcome_class.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

constexpr Nanos cool_without_hint = 1s;  // a 429 that names no time

// Its other keys and models would fare no better within this request.
void give_up_provider(Exchange& x, const Attempt& failed) {
    for (const core::Deployment& deployment : x.rules.table->deployments()) {
        if (deployment.provider != x.deployment(failed).provider) continue;
        for (const core::Lane& lane : deployment.lanes) memory_of(x, lane.id).exhausted = true;
    }
}

// Neither would its other keys.
void give_up_deployment(Exchange& x, const Attempt& failed) {
    for (const core::Lane& lane : x.deployment(failed).lanes) memory_of(x, lane.id).exhausted = true;
}

// The prompt is longer than this window, whatever we had estimated: others as small are not asked, and models for long
// prompts come next.
void heed_context(Exchange& x, const Attempt& failed) {
    const std::optional<std::int64_t> window = x.deployment(failed).limits.context;
    if (!window) return;
    if (Result<core::Plan> plan = plan_for(x, *window + 1)) x.plan = std::move(*plan);
    for (const core::PlanStep& step : x.plan.steps) {
        for (const core::Candidate& candidate : step.entry->candidates) {
            if (candidate.context <= *window) memory_of(x, candidate.lane).exhausted = true;
        }
    }
}

// The request is at fault, says the provider.
bool is_verdict(ErrorCode code) {
    return code == ErrorCode::upstream_bad_request || code == ErrorCode::upstream_context_too_long ||
           code == ErrorCode::upstream_content_filter;
}

// A fallback may refuse what the model it was written for takes: an assistant's last message, a parameter, the length.
// Its dialect may even have no words for it.
bool objects_to_another_models_request(const Attempt& failed, ErrorCode code) {
    const bool objects = is_verdict(code) || code == ErrorCode::invalid_parameter;
    return failed.decision.chosen.step > 0 && objects && code != ErrorCode::upstream_content_filter;
}

// What the client is told when nothing works: a verdict on its request outweighs what other providers suffer from, and
// any failure outweighs what a fallback thinks of another model's request.
void remember_error(Exchange& x, const Attempt& failed) {
    const bool keep = x.last_error && (is_verdict(x.last_error->code) || failed.error.code == ErrorCode::conflict ||
                                       objects_to_another_models_request(failed, failed.error.code));
    if (keep) return;
    x.last_error = failed.error;
    x.retry_after = failed.retry_after;
}

bool another_may_do_better(const Exchange& x, const Attempt& failed, ErrorCode code) {
    if (code == ErrorCode::upstream_context_too_long || objects_to_another_models_request(failed, code)) return true;
    return core::worth_another_target(code, x.config().defaults.content_filter_fallback);
}

Nanos backoff(const core::Backoff& config, int failures, std::uint64_t draw) {
    Nanos pause = config.first;
    for (int i = 1; i < failures && pause < config.max; ++i) pause *= 2;
    const double unit = static_cast<double>(draw >> 11) * 0x1.0p-53;
    const double scaled = static_cast<double>(std::min(pause, config.max).count()) * (1 - config.jitter * unit);
    return Nanos{static_cast<Nanos::rep>(scaled)};
}

// Would another lane take the request at once? Then there is no reason to wait for this one.
bool has_alternative(Exchange& x, const Attempt& failed) {
    std::vector<core::Tried> without = x.tried;
    for (core::Tried& tried : without) tried.exhausted = tried.exhausted || tried.lane == failed.reservation.lane();
    core::DecideInput input = decide_input(x, x.s.clock.now(), 0);
    input.tried = without;
    core::Decision& decision = x.s.scratch;
    x.s.router.explain(input, decision);
    // Another key or deployment of the same model is a better second try than the same one; another model is not.
    return decision.kind == core::Choice::Kind::go && !decision.bypassed &&
           decision.chosen.step == failed.decision.chosen.step;
}

Task<void> pause_for(Exchange& x, Nanos pause) {
    std::shared_ptr<ports::Alarm> alarm = x.s.clock.make_alarm();
    x.watch.stop_alarm(alarm);
    const Instant began = x.s.clock.now();
    co_await alarm->wait_until(after(began, pause));
    x.waited += x.s.clock.now() - began;
    x.watch.stop_alarm(nullptr);
}

void note_half_an_answer(Exchange& x, const Usage& usage, MicroUsd cost) {
    x.record.cost = x.record.cost + cost;
    x.record.usage = usage;
    x.end.broken_input += usage.input_tokens;
    x.end.broken_output += usage.output_tokens;
}

void settle_failure(Exchange& x, Attempt& failed) {
    const ErrorCode code = failed.blame();
    core::AttemptOutcome outcome = outcome_of(x, failed, code);
    if (core::classify(code) == core::OutcomeClass::capacity) {
        outcome.cool_for = std::min<Nanos>(failed.retry_after.value_or(cool_without_hint), limits::cooling_max);
    }
    // A name we have no entry for says nothing about the provider when it turns out not to exist.
    const bool callers_typo =
        x.deployment(failed).upstream.empty() && failed.error.code == ErrorCode::upstream_not_found;
    if (callers_typo) outcome.note.code = ErrorCode::model_not_found;
    if (failed.untold) outcome.tell_nothing();
    // Half an answer is paid for, whoever gets it.
    const bool produced = failed.relay && failed.relay->pieces > 0;
    const MicroUsd cost = produced ? cost_so_far(x, failed) : MicroUsd{};
    if (produced) note_half_an_answer(x, used_so_far(x, failed), cost);
    failed.reservation.settle(outcome, {cost, !failed.usage.known(), x.s.clock.wall()}, x.s.clock.now(),
                              x.s.random.next());
}

void take_note(Exchange& x, Attempt& failed) {
    // A hedge that fails has moved nothing.
    if (x.record.why == ErrorCode::ok && !failed.hedge && failed.blame() != ErrorCode::client_gone) {
        x.record.why = failed.error.code;
        x.record.why_detail = x.row(failed).deployment + ": " + failed.error.detail;
    }
    settle_failure(x, failed);
    remember_error(x, failed);
    if (failed.transcript && failed.transcript->begun()) x.transcript = std::move(failed.transcript);
}

}  // namespace

core::Tried& memory_of(Exchange& x, core::LaneId lane) {
    const auto row = std::ranges::find(x.tried, lane, &core::Tried::lane);
    if (row != x.tried.end()) return *row;
    x.tried.push_back({lane, 0, false});
    return x.tried.back();
}

int attempts_allowed(const Exchange& x) {
    return std::min<int>(x.config().defaults.attempts, static_cast<int>(limits::attempts_max));
}

bool is_final(const Exchange& x, const Attempt& failed) {
    return !another_may_do_better(x, failed, failed.blame());
}

void note_loss(Exchange& x, Attempt& failed) {
    take_note(x, failed);
    give_up_deployment(x, failed);
}

Task<bool> note_failure(Exchange& x, Attempt& failed) {
    const core::DefaultsConfig& defaults = x.config().defaults;
    const ErrorCode code = failed.blame();
    const core::LaneId lane = failed.reservation.lane();
    take_note(x, failed);
    x.remember_intent();
    if (x.watch.gone() || x.attempts >= attempts_allowed(x) || x.s.clock.now() >= x.total_deadline) co_return false;
    if (is_final(x, failed)) co_return false;
    const bool capacity = core::classify(code) == core::OutcomeClass::capacity;
    x.end.last_retry = capacity ? core::RetryKind::capacity : core::RetryKind::transient;
    if (!x.s.router.take_retry(x.entry, x.end.last_retry)) co_return false;

    if (core::is_unreachable(code)) {
        give_up_provider(x, failed);
        co_return true;
    }
    if (is_verdict(code)) {
        if (code == ErrorCode::upstream_context_too_long && !x.sticky) heed_context(x, failed);
        give_up_deployment(x, failed);
        co_return true;
    }
    core::Tried& memory = memory_of(x, lane);
    ++memory.failures;
    const bool resuming = x.transcript != nullptr;
    const bool again_here =
        !resuming && !failed.taken && core::worth_same_target(code) && memory.failures <= defaults.same_target_retries;
    memory.exhausted = !again_here;
    // The cooled lane keeps everybody away by itself until the provider's own time has passed.
    if (!again_here || capacity) co_return true;
    if (has_alternative(x, failed)) {
        memory.exhausted = true;
        co_return true;
    }
    const Nanos pause = backoff(defaults.backoff, memory.failures, x.s.random.next());
    if (after(x.s.clock.now(), pause) >= x.total_deadline) co_return false;
    co_await pause_for(x, pause);
    if (x.watch.gone()) x.last_error = Error{ErrorCode::client_gone, "the client left"};
    co_return !x.watch.gone();
}

}  // namespace signalbox::flow
