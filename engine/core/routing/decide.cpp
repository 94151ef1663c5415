// One pass over a request's plan: judge every candidate, score those that can serve, choose. Reserves nothing.
#include <algorithm>

#include "engine/core/routing/pass.h"

namespace signalbox::core {
namespace {

constexpr double busy_share = 0.1;            // predicted slow-down per request already there
constexpr double untried_us = 1e6;            // assumed time to first token of a lane on its first trial
constexpr std::uint64_t explore_one_in = 32;  // decisions draw lots, or a lane that was slow once is never asked again
constexpr std::uint64_t explore_family = std::uint64_t{1} << 32;  // apart from every lane's own draw
constexpr std::uint64_t ramp_family = explore_family - 1;         // and downwards, one for each lane
constexpr double penalty_min_us = 5e6;                            // of a lane that only fails
constexpr double penalty_p90s = 2;                                // or so many of the pool's own 90th percentiles
constexpr double far_factor = 2;                                  // another zone must be so much better, and
constexpr double far_us = 1e5;                                    // so much more, to be preferred
// A lane with n requests at a mean time S to a sign of life gives one every S/n. It counts as stalled when a silence
// as long as the present one would come by chance once in e^15, and lasts longer than any one answer should take.
constexpr std::int64_t stall_in_flight_min = 3;
constexpr double stall_odds = 15;
constexpr double stall_answers = 1.5;
constexpr double stall_min_us = 2e5;
constexpr std::int64_t first_trial_in_flight = 8;  // a lane that never answered is given so many at once
constexpr double first_trial_us = 1e7;             // and this long for the first sign of life
constexpr std::int64_t short_prompt = 4000;        // tokens; a probe waits for such a request,
constexpr Nanos probe_patience = 10s;              // but not for longer than this

// The i-th of a family of independent draws made from one.
std::uint64_t mix(std::uint64_t draw, std::uint64_t i) {
    std::uint64_t x = draw + 0x9e3779b97f4a7c15ULL * (i + 1);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

double unit(std::uint64_t draw) {
    return (static_cast<double>(draw >> 11) + 0.5) * 0x1.0p-53;
}  // (0, 1)

bool diverts(Verdict verdict) {
    switch (verdict) {
        case Verdict::chosen:
        case Verdict::outranked:
        case Verdict::later_order:
        case Verdict::key_not_allowed:
        case Verdict::already_failed:
            return false;
        default:
            return true;
    }
}

double us_between(Instant from, Instant to) {
    return static_cast<double>((to - from).count()) / 1e3;
}

}  // namespace

bool Fleet::is_stalled(const HotLane& lane, Instant now) const {
    if (lane.in_flight < stall_in_flight_min) return false;
    const double silence = us_between(lane.progress_at, now);
    if (lane.progress_us <= 0) return lane.in_flight >= first_trial_in_flight && silence > first_trial_us;
    return silence > stall_min_us && silence > stall_answers * lane.progress_us &&
           silence * static_cast<double>(lane.in_flight) > stall_odds * lane.progress_us;
}

// A lane whose breaker keeps it out may still be the last resort: it keeps to its key's rates, too.
Verdict Fleet::judge_with_care(Pass& pass, const Candidate& candidate) const {
    const Instant now = pass.input.now;
    const LaneState& state = lane(candidate.lane);
    Verdict shut = Verdict::outranked;
    const auto look = [&](const Health& health, Verdict word) {
        const Health::Gate gate = health.gate(now);
        pass.wants_probe = pass.wants_probe || gate == Health::Gate::probe_only;
        if (gate != Health::Gate::closed || shut == Verdict::held_open) return;
        if (health.held(now) == HoldKind::open) {
            shut = Verdict::held_open;
        } else if (shut == Verdict::outranked) {
            shut = health.state() == BreakerState::half_open ? Verdict::probe_under_way : word;
        }
    };
    look(state.health, Verdict::breaker_open);
    if (candidate.key_id >= 0) look(key(candidate.key_id).health, Verdict::key_refused);
    if (shut == Verdict::held_open) return shut;
    pass.is_broken = shut != Verdict::outranked;
    if (candidate.key_id >= 0) {
        const KeyState& of_key = key(candidate.key_id);
        const Verdict rates = judge_rates(pass, of_key.requests, of_key.tokens);
        if (rates != Verdict::outranked) return rates;
    }
    if (!pass.is_broken && state.cool_until > now) {
        pass.well.note_ready(state.cool_until);
        return Verdict::cooling_down;
    }
    // Where it says "later" all the time, a probe would only hear the same.
    if (!pass.is_broken && pass.wants_probe && state.avoid_until > now) {
        pass.is_broken = true;
        shut = Verdict::breaker_open;
    }
    pass.wants_probe = pass.wants_probe && !pass.is_broken;
    if (pass.is_broken) return shut;
    if (state.avoid_until > now) return Verdict::cooling_down;
    const bool ramps = state.health.gate(now) == Health::Gate::ramping;
    const std::uint64_t draw = mix(pass.input.draw, ramp_family - static_cast<std::uint64_t>(candidate.lane));
    const bool held_back = ramps && !state.health.ramp_admits(state.in_flight, now, draw);
    pass.wants_canary = ramps && !held_back && state.health.canary_due(now);
    return held_back ? Verdict::ramping : Verdict::outranked;
}

Verdict Fleet::judge_rates(Pass& pass, const TokenBucket& requests, const TokenBucket& tokens) const {
    const Instant now = pass.input.now;
    const KvNeed& need = pass.input.need;
    const Instant ready = std::max(requests.ready_at(1, now), tokens.ready_at(need.prompt + need.expected, now));
    if (ready <= now) return Verdict::outranked;
    pass.wait().note_ready(ready);
    return Verdict::rate_full;
}

// What no request may get past, and a failed load, which only makes it a last resort.
Verdict Fleet::judge_deployment_with_care(Pass& pass, const Candidate& candidate) const {
    const HotDeployment& hot = hot_deployments_[static_cast<std::size_t>(candidate.deployment_id)];
    const DeploymentState& state = deployment(candidate.deployment_id);
    if (state.draining || state.slots.phase == SlotPhase::draining) return Verdict::target_draining;
    const Verdict rates = judge_rates(pass, state.requests, state.tokens);
    if (rates != Verdict::outranked || pass.input.now > hot.valid_until) return rates;
    if (state.budget && !kv_admits(state.kv, pass.input.need, *state.budget)) {
        pass.wait().busy = true;
        return Verdict::memory_full;
    }
    return state.slots.phase == SlotPhase::failed ? Verdict::stalled : Verdict::outranked;
}

Verdict Fleet::judge_deployment(Pass& pass, const Candidate& candidate) const {
    const HotDeployment& hot = hot_deployments_[static_cast<std::size_t>(candidate.deployment_id)];
    Verdict verdict = Verdict::outranked;
    if (hot.care) {
        verdict = judge_deployment_with_care(pass, candidate);
        if (verdict != Verdict::outranked && verdict != Verdict::stalled) return verdict;
    }
    const bool reserved =
        !pass.input.reserved.empty() && std::ranges::binary_search(pass.input.reserved, candidate.deployment_id);
    if (hot.in_flight >= hot.places_at(pass.input.now) || reserved) {
        pass.wait().busy = true;
        return Verdict::at_capacity;
    }
    return hot.in_flight >= hot.ceiling ? Verdict::ramping : verdict;
}

// False: whatever its deployment says, this one cannot be used now.
bool Fleet::may_still_serve(Verdict of_lane, const Candidate& candidate, Instant now) const {
    if (of_lane == Verdict::cooling_down) return lane(candidate.lane).cool_until <= now;
    return of_lane != Verdict::held_open && of_lane != Verdict::rate_full;
}

Verdict Fleet::judge(Pass& pass, const Candidate& candidate, int step) const {
    const DecideInput& input = pass.input;
    pass.wants_probe = pass.wants_canary = pass.is_broken = false;
    const auto gave_up = [&](const Tried& tried) { return tried.lane == candidate.lane && tried.exhausted; };
    if (!input.tried.empty() && std::ranges::any_of(input.tried, gave_up)) return Verdict::already_failed;
    if (input.free_only && candidate.price > 0) return Verdict::no_credit;
    const bool allowed =
        candidate.ask_key ? input.plan.table->key_allows(candidate, pass.upstream(step)) : candidate.key_allowed;
    if (!allowed) return Verdict::key_not_allowed;
    if (input.check_context && input.need.prompt > candidate.context) {
        pass.saw_context = true;
        return Verdict::context_too_long;
    }
    const HotLane& hot = hot_lanes_[static_cast<std::size_t>(candidate.lane)];
    const Verdict of_lane = hot.care ? judge_with_care(pass, candidate) : Verdict::outranked;
    if (of_lane != Verdict::outranked && !may_still_serve(of_lane, candidate, input.now)) return of_lane;
    const Verdict of_deployment = judge_deployment(pass, candidate);
    const bool soft = of_deployment == Verdict::ramping || of_deployment == Verdict::stalled;
    if (of_deployment != Verdict::outranked && !soft) return of_deployment;
    if (of_lane != Verdict::outranked || pass.wants_probe) return of_lane;
    if (soft) return of_deployment;
    return is_stalled(hot, input.now) ? Verdict::stalled : Verdict::outranked;
}

// The least of what its rate limits, told or learned, leave free: 0…1.
double Fleet::headroom(const Candidate& candidate, Instant now) const {
    const LaneState& state = lane(candidate.lane);
    const DeploymentState& there = deployment(candidate.deployment_id);
    double least = std::min(there.requests.share_left(now), there.tokens.share_left(now));
    if (candidate.key_id >= 0) {
        least = std::min(
            {least, key(candidate.key_id).requests.share_left(now), key(candidate.key_id).tokens.share_left(now)});
    }
    const auto learned = [&](std::int64_t left, std::int64_t limit) {
        if (left < 0 || limit <= 0 || now >= after(state.rates_at, state.rates.reset)) return;
        least = std::min(least, static_cast<double>(left) / static_cast<double>(limit));
    };
    learned(state.rates.requests_left, state.rates.requests_limit);
    learned(state.rates.tokens_left, state.rates.tokens_limit);
    const HotDeployment& hot = hot_deployments_[static_cast<std::size_t>(candidate.deployment_id)];
    const std::int64_t places = hot.places_at(now);
    if (places != unlimited) {
        const auto all = static_cast<double>(std::max<std::int64_t>(places, 1));
        least = std::min(least, 1 - static_cast<double>(hot.in_flight) / all);
    }
    return least;
}

double Fleet::score(const Pass& pass, const Candidate& candidate) const {
    const HotDeployment& hot = hot_deployments_[static_cast<std::size_t>(candidate.deployment_id)];
    const bool told = pass.input.now <= hot.valid_until;
    const double busy = static_cast<double>(hot.in_flight) + (told ? hot.foreign : 0);
    switch (pass.entry->strategy) {
        case Strategy::weighted:
            return 0;
        case Strategy::least_busy:
            return busy / std::max(candidate.weight, 1e-9);
        case Strategy::headroom:
            return 1 - headroom(candidate, pass.input.now);
        case Strategy::cost:
            return candidate.price;
        case Strategy::latency:
            break;
    }
    const double load = told ? hot.load_us : 0;
    if (pass.explore && load == 0) return candidate.far ? far_us : 0;  // the far only among themselves
    const double first = hot.first_token_us > 0 || busy == 0 ? hot.first_token_us : untried_us;
    double predicted = first * (1 + busy_share * busy) + load;
    if (told && hot.slots > 0 && busy >= hot.slots) predicted += (busy - hot.slots + 1) * hot.service_us / hot.slots;
    if (hot_lanes_[static_cast<std::size_t>(candidate.lane)].care) {
        // Errors never enter the averages; they repel by a penalty that grows with what a good answer takes here.
        const double failing = lane(candidate.lane).health.penalty(pass.input.now);
        predicted += failing * std::max(penalty_min_us, penalty_p90s * p90_us(pass.entry->pool));
    }
    const double work = pass.expected * (hot.token_us > 0 ? hot.token_us : pass.token_us);
    return (candidate.far ? far_factor * predicted + far_us : predicted) + work;
}

// Lower order first, then the near, then the better score; equals draw lots by weight.
bool Fleet::Pass::beats_best(const Candidate& candidate, const CandidateVerdict& row) {
    if (!best) return true;
    const CandidateVerdict& holder = row_of(best);
    const bool by_zone = entry->strategy != Strategy::latency && candidate.far != best.candidate->far;
    if (by_zone) return best.candidate->far;
    if (row.score != holder.score) return row.score < holder.score;
    // Each of those who share the lead ends up with it in proportion to its weight.
    tied_weight += candidate.weight;
    tied = unit(mix(input.draw, static_cast<std::uint64_t>(row.lane))) * tied_weight < candidate.weight;
    return tied;
}

// What cannot simply serve may still be the last resort.
void Fleet::take_notice(Pass& pass, const Candidate& candidate, CandidateVerdict& row) const {
    const Pass::Pick here{static_cast<int>(pass.out.trace.size()) - 1, &candidate};
    switch (row.verdict) {
        case Verdict::cooling_down:
            if (lane(candidate.lane).cool_until > pass.input.now) return;
            [[fallthrough]];
        case Verdict::ramping:
        case Verdict::stalled: {
            row.score = score(pass, candidate);
            if (pass.soft && row.score >= pass.row_of(pass.soft).score) return;
            pass.soft = here;
            pass.soft_is_newcomer = row.verdict == Verdict::ramping && lane(candidate.lane).health.trips() == 0;
            return;
        }
        case Verdict::breaker_open:
        case Verdict::probe_under_way:
        case Verdict::key_refused: {
            const Instant opens = opens_at(candidate);
            if (pass.least_bad && opens >= pass.least_bad_opens) return;
            pass.least_bad = here;
            pass.least_bad_opens = opens;
            return;
        }
        default:
            return;
    }
}

Instant Fleet::opens_at(const Candidate& candidate) const {
    const Instant of_lane = lane(candidate.lane).health.open_until();
    return candidate.key_id < 0 ? of_lane : std::max(of_lane, key(candidate.key_id).health.open_until());
}

void Fleet::look_at(Pass& pass, const Candidate& candidate, int step) const {
    CandidateVerdict& row = pass.out.trace.emplace_back();
    row = {0,
           candidate.lane,
           candidate.deployment,
           static_cast<std::int16_t>(step),
           static_cast<std::int16_t>(candidate.lane_index),
           judge(pass, candidate, step)};
    if (row.verdict != Verdict::outranked) return take_notice(pass, candidate, row);
    const Pass::Pick here{static_cast<int>(pass.out.trace.size()) - 1, &candidate};
    if (pass.wants_probe) {
        row.verdict = Verdict::breaker_open;
        const bool waits =
            pass.input.need.prompt > short_prompt && pass.input.now < after(opens_at(candidate), probe_patience);
        if (!pass.probe && !waits) {
            pass.probe = here;
        } else {
            take_notice(pass, candidate, row);
        }
        return;
    }
    if (pass.best && candidate.order > pass.best.candidate->order) {
        row.verdict = Verdict::later_order;
        return;
    }
    row.score = score(pass, candidate);
    if (pass.wants_canary && !pass.canary) pass.canary = here;
    pass.tied = false;
    if (!pass.beats_best(candidate, row)) return;
    if (!pass.tied) pass.tied_weight = candidate.weight;
    pass.best = here;
}

void Fleet::look_at_step(Pass& pass, int step) const {
    pass.entry = pass.input.plan.steps[static_cast<std::size_t>(step)].entry;
    const double pace = pools_[static_cast<std::size_t>(pass.entry->pool)].tokens_per_second;
    pass.token_us = pace > 0 ? 1e6 / pace : 0;
    for (const Candidate& candidate : pass.entry->candidates) {
        if (pass.out.trace.size() == limits::targets_per_request) return;
        look_at(pass, candidate, step);
    }
    // A newcomer yields to siblings that have proven themselves, not to another model.
    if (!pass.best && pass.soft_is_newcomer) pass.best = pass.soft;
}

void Fleet::conclude(Pass& pass) const {
    Decision& out = pass.out;
    // What ramps or is silent serves when nothing better can.
    Pass::Pick pick = pass.best ? pass.best : pass.soft;
    const auto no_later = [&](const Pass::Pick& one) { return pass.row_of(one).step <= pass.row_of(pick).step; };
    // What returns must be asked now and then, or with little traffic it would never prove itself.
    if (pass.canary && pass.input.may_fail_over && no_later(pass.canary)) pick = pass.canary;
    // The probe goes first while there is somewhere to fail over to; without that it is a last resort like any open
    // breaker.
    if (pass.probe && (!pick || (pass.input.may_fail_over && no_later(pass.probe)))) {
        out.place.probe = true;
        out.bypassed = !pick;
        pick = pass.probe;
    }
    // Health chooses among candidates; it never refuses a request that has nowhere else to go.
    if (!pick && !pass.well.any() && pass.least_bad) {
        out.bypassed = true;
        pick = pass.least_bad;
    }
    if (!out.trace.empty() && diverts(out.trace[0].verdict) && pick.row != 0) out.diverted_from = out.trace[0];
    if (pick) {
        out.kind = Choice::Kind::go;
        CandidateVerdict& row = out.trace[static_cast<std::size_t>(pick.row)];
        row.verdict = Verdict::chosen;
        out.chosen = row;
        out.place.lane = pick.candidate->lane;
        out.place.key_id = pick.candidate->key_id;
        out.place.deployment = pick.candidate->deployment_id;
        out.place.pool = pass.input.plan.steps[static_cast<std::size_t>(row.step)].entry->pool;
        out.place.need = pass.input.need;
    } else if (pass.well.any() || pass.broken.any()) {
        const Pass::Wait& wait = pass.well.any() ? pass.well : pass.broken;
        out.kind = Choice::Kind::wait;
        out.retry_at = wait.ready;
        out.busy = wait.busy;
    } else {
        out.refusal = pass.saw_context ? ErrorCode::context_too_long : ErrorCode::no_target;
    }
}

void Fleet::explain(const DecideInput& input, Decision& out) const {
    out.reset();
    Pass pass{input, out};
    pass.expected = static_cast<double>(input.need.expected);
    pass.explore = mix(input.draw, explore_family) % explore_one_in == 0;
    const int steps = static_cast<int>(input.plan.steps.size());
    if (input.hedge_step >= 0) {
        look_at_step(pass, input.hedge_step);
        pass.keep_only_what_would_simply_serve();
    } else {
        for (int step = 0; step < steps && !pass.best; ++step) look_at_step(pass, step);
    }
    conclude(pass);
}

}  // namespace signalbox::core
