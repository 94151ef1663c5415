#include "engine/core/routing/fleet.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/base/glob.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::core {
namespace {

constexpr double first_token_weight = 0.2;  // of the newest sample in the moving average
constexpr double busy_share = 0.1;          // predicted slow-down per request already in flight
constexpr std::uint64_t explore_one_in = 32;
constexpr std::uint64_t explore_family = ~std::uint64_t{0};  // apart from every lane's own draw
constexpr double failure_penalty_us = 5e6;                   // scaled by the lane's recent failure rate

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

// Exponential draw with rate `weight`: the smallest of several is the i-th with probability weight_i / Σ weight.
double lot(double weight, std::uint64_t draw, LaneId lane) {
    return -std::log(unit(mix(draw, static_cast<std::uint64_t>(lane)))) / std::max(weight, 1e-9);
}

}  // namespace

void Decision::clear() {
    kind = Kind::refuse;
    chosen = {};
    probe = bypassed = busy = false;
    retry_at = never;
    refusal = ErrorCode::no_target;
    candidate_count = 0;
}

const CandidateVerdict* Decision::diverted_from() const {
    if (candidate_count == 0) return nullptr;
    const CandidateVerdict& first = candidates[0];
    switch (first.verdict) {
        case Verdict::breaker_open:
        case Verdict::probe_under_way:
        case Verdict::cooling_down:
        case Verdict::at_capacity:
        case Verdict::context_too_long:
            return kind == Kind::go && chosen.lane == first.lane ? nullptr : &first;
        default:
            return nullptr;
    }
}

// One pair of deployment and key, as the plan offers it.
struct Fleet::Candidate {
    int step;
    const ModelEntry& entry;
    const Target& target;
    const Deployment& deployment;
    int lane_index;
    std::string_view upstream;
    [[nodiscard]] const Lane& lane() const { return deployment.lanes[static_cast<std::size_t>(lane_index)]; }
};

// What one pass over the plan has found so far.
struct Fleet::Pass {
    const DecideInput& input;
    Decision& decision;
    const CandidateVerdict* best = nullptr;  // may simply serve
    int best_order = 0;
    double best_weight = 0;
    double best_lot = -1;                         // drawn when another scores the same; negative: not yet
    const CandidateVerdict* probe = nullptr;      // may serve as the claimed probe of an open breaker
    const CandidateVerdict* least_bad = nullptr;  // only its breaker keeps it out; the one that opens up first
    bool saw_capacity = false, saw_context = false;
    Instant first_ready = never;  // of those that asked us to wait
};

void Fleet::adopt(const RoutingTable& table, int lane_count) {
    health_config_ = table.config().defaults.health;
    if (static_cast<std::size_t>(lane_count) > lanes_.size()) lanes_.resize(static_cast<std::size_t>(lane_count));
}

std::int64_t Fleet::in_flight_of(const Deployment& deployment) const {
    std::int64_t sum = 0;
    for (const Lane& l : deployment.lanes) sum += lane(l.id).in_flight;
    return sum;
}

Verdict Fleet::judge(const DecideInput& input, const Candidate& candidate) const {
    const Lane& lane = candidate.lane();
    const LaneState& state = this->lane(lane.id);
    const bool failed_here =
        std::ranges::any_of(input.tried, [&](const Tried& tried) { return tried.lane == lane.id && tried.exhausted; });
    if (failed_here) return Verdict::already_failed;
    const bool allowed =
        lane.only_models.empty() || std::ranges::any_of(lane.only_models, [&](const std::string& glob) {
            return glob_match(glob, candidate.upstream);
        });
    if (!allowed) return Verdict::key_not_allowed;
    const DeploymentConfig& limits = candidate.deployment.limits;
    if (limits.context && input.input_tokens > *limits.context) return Verdict::context_too_long;
    if (state.health.gate(input.now) == Health::Gate::closed) {
        return state.health.state() == BreakerState::half_open ? Verdict::probe_under_way : Verdict::breaker_open;
    }
    if (state.cool_until > input.now) return Verdict::cooling_down;
    if (!limits.max_in_flight) return Verdict::outranked;
    const bool full = in_flight_of(candidate.deployment) >= *limits.max_in_flight;
    const bool reserved = input.behind_waiters && candidate.step == 0;
    return full || reserved ? Verdict::at_capacity : Verdict::outranked;
}

// Keys do not make a model faster: lanes of one deployment share its latency, so that only their weights tell them
// apart.
double Fleet::first_token_us_of(const Deployment& deployment) const {
    double sum = 0;
    int measured = 0;
    for (const Lane& l : deployment.lanes) {
        sum += lane(l.id).first_token_us;
        measured += lane(l.id).first_token_us > 0;
    }
    return measured == 0 ? 0 : sum / measured;
}

double Fleet::score(const Candidate& candidate) const {
    const auto busy = static_cast<double>(in_flight_of(candidate.deployment));
    const DeploymentConfig& limits = candidate.deployment.limits;
    switch (candidate.entry.strategy) {
        case Strategy::weighted:
            return 0;
        case Strategy::least_busy:
            return busy / std::max(candidate.target.weight, 1e-9);
        case Strategy::headroom:
            return busy / static_cast<double>(std::max<std::int64_t>(limits.max_in_flight.value_or(1000), 1));
        case Strategy::cost: {
            const Price price = limits.price.value_or(Price{});
            return static_cast<double>(price.input.value + price.output.value);
        }
        case Strategy::latency: {
            // Errors never enter the average; they enter as a penalty, so a fast failure repels instead of attracting.
            // Of the failure rate only what is certain counts: one bad answer must not banish a lane.
            const double failing = lane(candidate.lane().id).health.certain_failure_rate();
            return first_token_us_of(candidate.deployment) * (1 + busy_share * busy) + failing * failure_penalty_us;
        }
    }
    return 0;
}

// Better score wins; equals draw lots by weight.
bool Fleet::beats_best(Pass& pass, const CandidateVerdict& row, double weight) {
    if (pass.best == nullptr || row.score != pass.best->score)
        return pass.best == nullptr || row.score < pass.best->score;
    const std::uint64_t draw = pass.input.draw;
    if (pass.best_lot < 0) pass.best_lot = lot(pass.best_weight, draw, pass.best->lane);
    const double mine = lot(weight, draw, row.lane);
    if (mine >= pass.best_lot) return false;
    pass.best_lot = mine;
    return true;
}

void Fleet::look_at(Pass& pass, const Candidate& candidate) const {
    Decision& decision = pass.decision;
    const LaneId id = candidate.lane().id;
    const Health& health = lane(id).health;
    CandidateVerdict& row = decision.candidates[static_cast<std::size_t>(decision.candidate_count++)];
    row = {candidate.step,
           static_cast<int>(&candidate.deployment - pass.input.plan.table->deployments().data()),
           candidate.lane_index,
           id,
           judge(pass.input, candidate),
           0};
    switch (row.verdict) {
        case Verdict::at_capacity:
            pass.saw_capacity = true;
            return;
        case Verdict::context_too_long:
            pass.saw_context = true;
            return;
        case Verdict::cooling_down:
            pass.first_ready = std::min(pass.first_ready, lane(id).cool_until);
            return;
        case Verdict::breaker_open:
        case Verdict::probe_under_way:
            if (pass.least_bad == nullptr || health.open_until() < lane(pass.least_bad->lane).health.open_until()) {
                pass.least_bad = &row;
            }
            return;
        case Verdict::outranked:
            break;
        default:
            return;
    }
    if (health.gate(pass.input.now) == Health::Gate::probe_only) {
        row.verdict = Verdict::breaker_open;
        if (pass.probe == nullptr) pass.probe = &row;
        return;
    }
    if (pass.best != nullptr && candidate.target.order > pass.best_order) {
        row.verdict = Verdict::later_order;
        return;
    }
    // Now and then everybody draws lots, or a lane that was slow once would never be asked again.
    const bool explore = mix(pass.input.draw, explore_family) % explore_one_in == 0;
    row.score = explore && candidate.entry.strategy == Strategy::latency ? 0 : score(candidate);
    const double weight = candidate.target.weight * candidate.lane().weight;
    const bool tied = pass.best != nullptr && row.score == pass.best->score;
    if (!beats_best(pass, row, weight)) return;
    if (!tied) pass.best_lot = -1;
    pass.best = &row;
    pass.best_weight = weight;
    pass.best_order = candidate.target.order;
}

void Fleet::look_at_step(Pass& pass, int step) const {
    const PlanStep& plan_step = pass.input.plan.steps[static_cast<std::size_t>(step)];
    for (const Target& target : plan_step.entry->targets) {
        const Deployment& deployment =
            pass.input.plan.table->deployments()[static_cast<std::size_t>(target.deployment)];
        const std::string_view upstream = deployment.upstream.empty() ? plan_step.upstream : deployment.upstream;
        for (std::size_t i = 0; i < deployment.lanes.size(); ++i) {
            if (pass.decision.candidate_count == static_cast<int>(pass.decision.candidates.size())) return;
            look_at(pass, {step, *plan_step.entry, target, deployment, static_cast<int>(i), upstream});
        }
    }
}

void Fleet::conclude(Pass& pass) const {
    Decision& decision = pass.decision;
    // The probe goes first while there is somewhere to fail over to; without that it is a last resort like any open
    // breaker.
    const CandidateVerdict* pick = pass.best;
    if (pass.probe != nullptr && (pick == nullptr || pass.probe->step <= pick->step)) {
        decision.probe = true;
        decision.bypassed = pick == nullptr;
        pick = pass.probe;
    }
    // Health chooses among candidates; it never refuses a request that has nowhere else to go.
    if (pick == nullptr && !pass.saw_capacity && pass.first_ready == never && pass.least_bad != nullptr) {
        decision.bypassed = true;
        pick = pass.least_bad;
    }
    if (pick != nullptr) {
        decision.kind = Decision::Kind::go;
        const auto index = static_cast<std::size_t>(pick - decision.candidates.data());
        decision.candidates[index].verdict = Verdict::chosen;
        decision.chosen = decision.candidates[index];
    } else if (pass.saw_capacity || pass.first_ready != never) {
        decision.kind = Decision::Kind::wait;
        decision.retry_at = pass.first_ready;
        decision.busy = pass.saw_capacity;
    } else {
        decision.kind = Decision::Kind::refuse;
        decision.refusal = pass.saw_context ? ErrorCode::context_too_long : ErrorCode::no_target;
    }
}

void Fleet::explain(const DecideInput& input, Decision& out) const {
    Pass pass{input, out};
    out.clear();
    const int steps = static_cast<int>(input.plan.steps.size());
    for (int step = 0; step < steps && pass.best == nullptr; ++step) look_at_step(pass, step);
    conclude(pass);
}

void Fleet::decide(const DecideInput& input, Decision& out) {
    explain(input, out);
    const CandidateVerdict* passed_over = out.diverted_from();
    if (passed_over != nullptr && lane(passed_over->lane).health.state() != BreakerState::closed) {
        LaneState& first = state_of(passed_over->lane);
        ++first.diverted;
        first.served_by = out.kind == Decision::Kind::go ? out.chosen.lane : -1;
    }
    if (out.kind != Decision::Kind::go) return;
    LaneState& state = state_of(out.chosen.lane);
    ++state.in_flight;
    if (out.probe) state.health.claim_probe(input.now, after(input.now, input.probe_lease));
}

bool Fleet::release(LaneId id, const AttemptOutcome& outcome, Instant now, std::uint64_t draw) {
    LaneState& state = state_of(id);
    SB_CHECK(state.in_flight > 0);
    --state.in_flight;
    if (outcome.cool_for > Nanos::zero()) state.cool_until = std::max(state.cool_until, after(now, outcome.cool_for));
    if (outcome.note.code == ErrorCode::ok && outcome.first_token_us >= 0) {
        const auto sample = static_cast<double>(outcome.first_token_us);
        state.first_token_us = state.first_token_us == 0
                                   ? sample
                                   : state.first_token_us + first_token_weight * (sample - state.first_token_us);
    }
    const bool changed = state.health.note(outcome.note, now, health_config_, draw);
    if (changed && state.health.state() == BreakerState::closed) {
        state.diverted = 0;
        state.served_by = -1;
    }
    return changed;
}

void Fleet::release_unused(LaneId id, bool probe) {
    release(id, {{ErrorCode::client_gone, 0, {}, probe}, -1, {}}, Instant{}, 0);
}

}  // namespace signalbox::core
