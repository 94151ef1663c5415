// Between two attempts: what the failure means for the target, and whether and when to try again.
#include <algorithm>

#include "engine/core/routing/outcome_class.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

constexpr Nanos cool_without_hint = 1s;  // a 429 that names no time

core::Tried& memory_of(Exchange& x, core::LaneId lane) {
    const auto row = std::ranges::find(x.tried, lane, &core::Tried::lane);
    if (row != x.tried.end()) return *row;
    x.tried.push_back({lane, 0, false});
    return x.tried.back();
}

// Its other keys and models would fare no better within this request.
void give_up_provider(Exchange& x) {
    for (const core::Deployment& deployment : x.rules.table->deployments()) {
        if (deployment.provider != x.deployment().provider) continue;
        for (const core::Lane& lane : deployment.lanes) memory_of(x, lane.id).exhausted = true;
    }
}

Nanos backoff(const core::Backoff& config, int failures, std::uint64_t draw) {
    Nanos pause = config.first;
    for (int i = 1; i < failures && pause < config.max; ++i) pause *= 2;
    const double unit = static_cast<double>(draw >> 11) * 0x1.0p-53;
    const double scaled = static_cast<double>(std::min(pause, config.max).count()) * (1 - config.jitter * unit);
    return Nanos{static_cast<Nanos::rep>(scaled)};
}

// Would another lane take the request at once? Then there is no reason to wait for this one.
bool has_alternative(Exchange& x, core::LaneId failed) {
    std::vector<core::Tried> without = x.tried;
    for (core::Tried& tried : without) tried.exhausted = tried.exhausted || tried.lane == failed;
    core::DecideInput input = decide_input(x, x.s.clock.now(), 0);
    input.tried = without;
    core::Decision& decision = x.s.scratch;
    x.s.router.explain(input, decision);
    // Another key or deployment of the same model is a better second try than the same one; another model is not.
    return decision.kind == core::Choice::Kind::go && !decision.bypassed &&
           decision.chosen.step == x.decision.chosen.step;
}

Task<void> pause_for(Exchange& x, Nanos pause) {
    std::shared_ptr<ports::Alarm> alarm = x.s.clock.make_alarm();
    x.watch.stop_alarm(alarm);
    const Instant began = x.s.clock.now();
    co_await alarm->wait_until(after(began, pause));
    x.waited += x.s.clock.now() - began;
    x.watch.stop_alarm(nullptr);
}

void settle_failure(Exchange& x, const Attempt& failed) {
    core::AttemptOutcome outcome;
    outcome.note = {failed.error.code, failed.status, x.record.id, false};
    outcome.note.began = x.attempt_began();
    if (core::classify(failed.error.code) == core::OutcomeClass::capacity) {
        outcome.cool_for = std::min<Nanos>(failed.retry_after.value_or(cool_without_hint), limits::cooling_max);
    }
    // A name we have no entry for says nothing about the provider when it turns out not to exist.
    const bool callers_typo = x.deployment().upstream.empty() && failed.error.code == ErrorCode::upstream_not_found;
    if (callers_typo) outcome.note.code = ErrorCode::model_not_found;
    outcome.rates = failed.rates;
    x.reservation.settle(outcome, {{}, false, x.s.clock.wall()}, x.s.clock.now(), x.s.random.next());
}

}  // namespace

int attempts_allowed(const Exchange& x) {
    return std::min<int>(x.config().defaults.attempts, static_cast<int>(limits::attempts_max));
}

Task<bool> note_failure(Exchange& x, const Attempt& failed) {
    const core::DefaultsConfig& defaults = x.config().defaults;
    const ErrorCode code = failed.error.code;
    const core::LaneId lane = x.reservation.lane();
    if (x.record.why == ErrorCode::ok && code != ErrorCode::client_gone) {
        x.record.why = code;
        x.record.why_detail = x.record.attempts.back().deployment + ": " + failed.error.detail;
    }
    settle_failure(x, failed);
    x.remember_intent();
    x.last_error = failed.error;
    x.retry_after = failed.retry_after;
    if (x.watch.gone() || x.attempts >= attempts_allowed(x) || x.s.clock.now() >= x.total_deadline) co_return false;
    if (!core::worth_another_target(code, defaults.content_filter_fallback)) co_return false;
    const bool capacity = core::classify(code) == core::OutcomeClass::capacity;
    x.end.last_retry = capacity ? core::RetryKind::capacity : core::RetryKind::transient;
    if (!x.s.router.take_retry(x.entry, x.end.last_retry)) co_return false;

    if (core::is_unreachable(code)) {
        give_up_provider(x);
        co_return true;
    }
    core::Tried& memory = memory_of(x, lane);
    ++memory.failures;
    const bool again_here =
        (capacity || core::worth_same_target(code)) && memory.failures <= defaults.same_target_retries;
    memory.exhausted = !again_here;
    // The cooled lane keeps everybody away by itself until the provider's own time has passed.
    if (!again_here || capacity) co_return true;
    if (has_alternative(x, lane)) {
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
