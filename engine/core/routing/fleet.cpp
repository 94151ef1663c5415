// What changes the decision state: configuration, reservations and their outcomes, what providers tell, what operators
// order. The decision itself is in decide.cpp.
#include "engine/core/routing/fleet.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::core {
namespace {

constexpr double newest = 0.2;                 // weight of the newest sample in the moving averages
constexpr int busy_pauses = 2;                 // intervals of avoidance without a 429, and its stretch is over
constexpr std::int64_t bursts_per_minute = 6;  // of rpm and tpm, a sixth may come at once

std::int32_t narrow(std::int64_t count) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(count, std::numeric_limits<std::int32_t>::max()));
}

double averaged(double average, double sample) {
    return average == 0 ? sample : average + newest * (sample - average);
}

TokenBucket bucket_of(std::optional<std::int64_t> per_minute) {
    if (!per_minute) return TokenBucket();
    return TokenBucket(RateLimit{*per_minute, std::max<std::int64_t>(*per_minute / bursts_per_minute, 1)});
}

void adopt_limit(TokenBucket& bucket, std::optional<std::int64_t> per_minute, Instant now) {
    const TokenBucket wanted = bucket_of(per_minute);
    if (wanted.limit() == bucket.limit()) return;
    if (bucket.limited() && wanted.limited()) {
        bucket.set_limit(wanted.limit(), now);
    } else {
        bucket = wanted;
    }
}

Place::Charge charge(TokenBucket& requests, TokenBucket& tokens, const KvNeed& need, Instant now) {
    return {requests.charge(1, now), tokens.charge(need.prompt + need.expected, now)};
}

// What others hold of the budget, in its unit. Memory that no request holds is a cache the server gives up itself.
std::int64_t foreign_kv(const DeploymentState& state, const SlotReport& report) {
    const std::optional<KvBudget> budget = budget_of(report);
    if (!budget || (report.busy && state.foreign == 0)) return 0;
    const bool in_bytes = report.kv_budget.value_or(0) > 0 && report.kv_bytes_per_token.value_or(0) > 0;
    const std::int64_t used = (in_bytes ? report.kv_used : report.kv_tokens_used).value_or(0);
    const double ours = static_cast<double>(state.own_kv_peak) * static_cast<double>(budget->bytes_per_token);
    return ours < static_cast<double>(used) ? used - static_cast<std::int64_t>(ours) : 0;
}

bool is_broken(Verdict verdict) {
    return verdict == Verdict::breaker_open || verdict == Verdict::probe_under_way || verdict == Verdict::held_open ||
           verdict == Verdict::key_refused;
}

// A key is judged by what the provider says of it: refused, or good enough to be answered at all. A 403 may be about
// one model, and is left to the lane.
bool says_key_is_refused(const OutcomeNote& note) {
    return note.code == ErrorCode::upstream_unauthorized && note.status == 401;
}

bool is_plain(const Health& health) {
    return health.state() == BreakerState::closed && health.hold_until() == Instant{} &&
           health.ramp_stage() == Health::no_stage && health.failure_rate().value_or(0) == 0;
}

template <class T>
void grow(std::vector<T>& rows, int size) {
    if (static_cast<std::size_t>(size) > rows.size()) rows.resize(static_cast<std::size_t>(size));
}

}  // namespace

void Fleet::adopt(const RoutingTable& table, const Registries& registries, Instant now) {
    const Config& config = table.config();
    health_config_ = config.defaults.health;
    ramp_ = config.defaults.ramp;
    const auto known_lanes = lanes_.size();
    grow(lanes_, registries.lanes.size());
    grow(hot_lanes_, registries.lanes.size());
    key_of_.resize(lanes_.size(), -1);
    grow(keys_, registries.keys.size());
    grow(deployments_, registries.deployments.size());
    grow(hot_deployments_, registries.deployments.size());
    grow(pools_, registries.pools.size());
    lanes_of_key_.assign(keys_.size(), {});
    lanes_of_deployment_.assign(deployments_.size(), {});
    max_in_flight_.assign(deployments_.size(), 0);
    for (const Deployment& deployment : table.deployments()) {
        const auto id = static_cast<std::size_t>(deployment.id);
        DeploymentState& state = deployments_[id];
        max_in_flight_[id] = deployment.limits.max_in_flight.value_or(0);
        adopt_limit(state.requests, deployment.limits.rpm, now);
        adopt_limit(state.tokens, deployment.limits.tpm, now);
        const ProviderConfig& provider = config.providers[static_cast<std::size_t>(deployment.provider)];
        for (const Lane& lane : deployment.lanes) {
            key_of_[static_cast<std::size_t>(lane.id)] = lane.key_id;
            lanes_of_deployment_[id].push_back(lane.id);
            if (lane.key_id < 0) continue;
            const KeyConfig& key = provider.keys[static_cast<std::size_t>(lane.key)];
            adopt_limit(at_key(lane.key_id).requests, key.rpm, now);
            adopt_limit(at_key(lane.key_id).tokens, key.tpm, now);
            lanes_of_key_[static_cast<std::size_t>(lane.key_id)].push_back(lane.id);
        }
    }
    ramp_newcomers(table, known_lanes, now);
    for (const ModelEntry& entry : table.models()) {
        pools_[static_cast<std::size_t>(entry.pool)].hedging.adopt(entry.hedge);
    }
    for (const Deployment& deployment : table.deployments()) {
        refresh_deployment(deployment.id);
        for (const Lane& lane : deployment.lanes) refresh_lane(lane.id, now);
    }
}

// When everything is new there is nothing better to prefer, and nobody ramps.
void Fleet::ramp_newcomers(const RoutingTable& table, std::size_t known_lanes, Instant now) {
    for (const ModelEntry& entry : table.models()) {
        const bool proven = std::ranges::any_of(entry.candidates, [&](const Candidate& row) {
            return static_cast<std::size_t>(row.lane) < known_lanes && lane(row.lane).health.samples() > 0;
        });
        if (!proven) continue;
        for (const Candidate& row : entry.candidates) {
            if (static_cast<std::size_t>(row.lane) >= known_lanes) at_lane(row.lane).health.begin_ramp(now);
        }
    }
}

std::int64_t Fleet::ceiling(const DeploymentState& state) const {
    const auto base = static_cast<double>(std::max(ramp_.min_base, state.ramp_base));
    return static_cast<std::int64_t>(base * (1 + ramp_.growth));
}

// The base follows what was in flight in the last period, as far as the ceiling allowed it: it grows by one step at a
// time, whatever came above because it had nowhere else to go.
void Fleet::roll_ramp(DeploymentState& state, Instant now) const {
    if (now - state.ramp_began < ramp_.period) return;
    state.ramp_base = std::min(state.ramp_peak, ceiling(state));
    state.ramp_peak = state.in_flight;
    state.ramp_began = now;
}

void Fleet::decide(const DecideInput& input, Decision& out) {
    explain(input, out);
    if (input.hedge_step < 0 && out.diverted_from && is_broken(out.diverted_from->verdict)) {
        LaneState& first = at_lane(out.diverted_from->lane);
        ++first.diverted;
        first.served_by = out.kind == Choice::Kind::go ? out.chosen.lane : -1;
    }
    if (out.kind == Choice::Kind::go) reserve(input, out.place);
}

// A probe has to find out, a picture costs too much, and nothing is gained by asking the same deployment twice.
Nanos Fleet::attempt_begins(const DecideInput& input, const Choice& choice) {
    Hedging& hedging = pools_[static_cast<std::size_t>(choice.place.pool)].hedging;
    if (!hedging.enabled()) return Hedging::for_ever;
    const Nanos late = hedging.attempt_begins(input.streamed, input.now);
    const ModelEntry& entry = *input.plan.steps[static_cast<std::size_t>(choice.chosen.step)].entry;
    const bool sensible =
        !choice.place.probe && !choice.bypassed && entry.shape != Shape::image && entry.targets.size() > 1;
    return sensible ? late : Hedging::for_ever;
}

void Fleet::reserve(const DecideInput& input, Place& place) {
    const Instant now = input.now;
    LaneState& state = at_lane(place.lane);
    HotLane& hot = hot_lanes_[static_cast<std::size_t>(place.lane)];
    if (state.in_flight++ == 0) state.progress_at = hot.progress_at = now;
    hot.in_flight = state.in_flight;
    if (hot.care) {
        if (place.probe) claim_probe(place, input);
        if (state.health.gate(now) == Health::Gate::ramping) {
            place.canary = state.health.canary_due(now);
            state.health.note_ramp_admission(now);
        }
        if (place.key_id >= 0) {
            KeyState& key = at_key(place.key_id);
            place.of_key = charge(key.requests, key.tokens, place.need, now);
        }
    }
    DeploymentState& there = at_deployment(place.deployment);
    HotDeployment& hot_there = hot_deployments_[static_cast<std::size_t>(place.deployment)];
    hot_there.in_flight = ++there.in_flight;
    there.own_peak = std::max(there.own_peak, there.in_flight);
    if (now - there.ramp_began >= ramp_.period) {
        roll_ramp(there, now);
        hot_there.ceiling = narrow(ceiling(there));
    }
    there.ramp_peak = std::max(there.ramp_peak, there.in_flight);
    there.kv.add(place.need);
    there.own_kv_peak = std::max(there.own_kv_peak, there.kv.expected);
    if (hot_there.care) place.of_deployment = charge(there.requests, there.tokens, place.need, now);
}

void Fleet::claim_probe(Place& place, const DecideInput& input) {
    const Instant lease_until = after(input.now, input.probe_lease);
    ++at_lane(place.lane).probes;
    const auto claim = [&](Health& health) {
        const bool due = health.gate(input.now) == Health::Gate::probe_only;
        if (due) health.claim_probe(input.now, lease_until);
        return due;
    };
    place.lane_probe = claim(at_lane(place.lane).health);
    place.key_probe = place.key_id >= 0 && claim(at_key(place.key_id).health);
}

void Fleet::give_back(const Place& place) {
    LaneState& state = at_lane(place.lane);
    DeploymentState& there = at_deployment(place.deployment);
    SB_CHECK(state.in_flight > 0 && there.in_flight > 0);
    hot_lanes_[static_cast<std::size_t>(place.lane)].in_flight = --state.in_flight;
    hot_deployments_[static_cast<std::size_t>(place.deployment)].in_flight = --there.in_flight;
    there.kv.remove(place.need);
}

void Fleet::note_progress(LaneId id, Instant now) {
    at_lane(id).progress_at = now;
    hot_lanes_[static_cast<std::size_t>(id)].progress_at = now;
}

void Fleet::note_speed(const Place& place, const AttemptOutcome& outcome) {
    LaneState& state = at_lane(place.lane);
    DeploymentState& there = at_deployment(place.deployment);
    if (outcome.first_token_us >= 0) {
        state.first_token_us = averaged(state.first_token_us, static_cast<double>(outcome.first_token_us));
    }
    if (outcome.total_us <= 0) return;
    PoolState& pool = pools_[static_cast<std::size_t>(place.pool)];
    const auto total = static_cast<double>(outcome.total_us);
    const auto alive = static_cast<double>(outcome.first_token_us >= 0 ? outcome.first_token_us : outcome.total_us);
    state.progress_us = averaged(state.progress_us, alive);
    there.service_us = averaged(there.service_us, total);
    const double writing = total - std::max<double>(0, static_cast<double>(outcome.first_token_us));
    if (outcome.output_tokens > 1 && writing > 0) {
        const double speed = static_cast<double>(outcome.output_tokens) * 1e6 / writing;
        there.tokens_per_second = averaged(there.tokens_per_second, speed);
        pool.tokens_per_second = averaged(pool.tokens_per_second, speed);
    }
    pool.p90_us.add(total);
}

// What was overtaken would have taken longer than it was waited for. Where a lane is always overtaken, nothing else
// would tell how slow it has become.
void Fleet::note_silence(const Place& place, const AttemptOutcome& outcome) {
    pools_[static_cast<std::size_t>(place.pool)].hedging.attempt_ended(outcome.streamed, outcome.silent,
                                                                       outcome.content);
    if (outcome.note.code != ErrorCode::overtaken || outcome.content || !outcome.streamed) return;
    double& usual = at_lane(place.lane).first_token_us;
    const auto at_least = static_cast<double>(to_us(outcome.silent));
    if (at_least > usual) usual = averaged(usual, at_least);
}

// A provider that has said "later" for an hour will say so in a minute, too: it is asked as seldom as one that is down.
// But it is not down: where nothing else can serve, its own word is all that counts.
void Fleet::cool(LaneState& state, Nanos asked, Instant now) const {
    const Nanos pause = now - state.busy_last;
    const bool long_past = pause > busy_pauses * std::max(state.avoid_until - state.busy_last, asked);
    if (state.busy_since == Instant{} || long_past) state.busy_since = now;
    state.busy_last = now;
    state.cool_until = std::max(state.cool_until, after(now, asked));
    const double age = static_cast<double>((now - state.busy_since).count()) * health_config_.open_share_of_outage;
    const Nanos most = std::max(asked, health_config_.open_max);
    const Nanos stretched = std::clamp(Nanos(static_cast<Nanos::rep>(age)), asked, most);
    state.avoid_until = std::max(state.avoid_until, after(now, stretched));
}

void Fleet::note_outcome(const Place& place, const AttemptOutcome& outcome, Instant now, std::uint64_t draw) {
    LaneState& state = at_lane(place.lane);
    if (outcome.cool_for > Nanos::zero()) cool(state, outcome.cool_for, now);
    if (outcome.note.code == ErrorCode::ok) state.busy_since = Instant{};
    if (outcome.rates.requests_left >= 0 || outcome.rates.tokens_left >= 0) {
        state.rates = outcome.rates;
        state.rates_at = now;
    }
    OutcomeNote note = outcome.note;
    note.probe = place.lane_probe;
    const bool was_open = state.health.state() != BreakerState::closed;
    if (place.key_id >= 0) note_key(place, note, now, draw);
    if (place.key_id >= 0 && says_key_is_refused(note)) note.code = ErrorCode::client_gone;  // not of the deployment
    state.health.note(note, now, health_config_, draw);
    if (was_open && state.health.state() == BreakerState::closed) forget_diversions(place.lane);
}

void Fleet::note_key(const Place& place, OutcomeNote note, Instant now, std::uint64_t draw) {
    const KeyId id = place.key_id;
    Health& health = at_key(id).health;
    note.probe = place.key_probe;
    if (!says_key_is_refused(note)) {
        if (is_plain(health)) return;
        // Whatever it answered, it took the key; without an answer nothing is known, and the claim is given back.
        note.code = note.status == 0 ? ErrorCode::client_gone : ErrorCode::ok;
    }
    const bool changed = health.note(note, now, health_config_, draw);
    refresh_key(id, now);
    if (!changed || health.state() != BreakerState::closed) return;
    for (const LaneId lane_id : lanes_of_key_[static_cast<std::size_t>(id)]) forget_diversions(lane_id);
}

void Fleet::forget_diversions(LaneId id) {
    at_lane(id).diverted = 0;
    at_lane(id).served_by = -1;
}

void Fleet::note_pace(HotDeployment& hot, const DeploymentState& state) {
    hot.service_us = static_cast<float>(state.service_us);
    hot.token_us = state.tokens_per_second > 0 ? static_cast<float>(1e6 / state.tokens_per_second) : 0;
}

void Fleet::release(const Place& place, const AttemptOutcome& outcome, Instant now, std::uint64_t draw) {
    give_back(place);
    // Clients that give up are no sign of life.
    if (outcome.note.code == ErrorCode::ok || outcome.note.status > 0 || outcome.first_token_us >= 0) {
        note_progress(place.lane, now);
    }
    if (outcome.note.code == ErrorCode::ok) note_speed(place, outcome);
    note_silence(place, outcome);
    if (outcome.tokens_used >= 0) correct_tokens(place, outcome.tokens_used, now);
    note_outcome(place, outcome, now, draw);
    refresh_lane(place.lane, now);
    HotDeployment& hot = hot_deployments_[static_cast<std::size_t>(place.deployment)];
    hot.first_token_us = static_cast<float>(first_token_us_of(place.deployment));
    note_pace(hot, deployment(place.deployment));
}

// The estimate was charged at admission; now what was really used counts.
void Fleet::correct_tokens(const Place& place, std::int64_t used, Instant now) {
    const auto correct = [&](TokenBucket& bucket, std::int64_t charged) {
        if (used > charged) {
            (void)bucket.charge(used - charged, now);
        } else {
            bucket.give(charged - used);
        }
    };
    correct(at_deployment(place.deployment).tokens, place.of_deployment.tokens);
    if (place.key_id >= 0) correct(at_key(place.key_id).tokens, place.of_key.tokens);
}

void Fleet::release_unused(const Place& place, Instant now) {
    give_back(place);
    correct_tokens(place, 0, now);
    at_deployment(place.deployment).requests.give(place.of_deployment.requests);
    if (place.key_id >= 0) at_key(place.key_id).requests.give(place.of_key.requests);
    if (place.canary) at_lane(place.lane).health.give_back_canary(now);
    const OutcomeNote nothing{ErrorCode::client_gone, 0, {}, true};
    if (place.lane_probe) at_lane(place.lane).health.note(nothing, now, health_config_, 0);
    if (place.key_probe) at_key(place.key_id).health.note(nothing, now, health_config_, 0);
}

// Keys do not make a model faster: lanes of one deployment share its latency, so that only their weights tell them
// apart.
double Fleet::first_token_us_of(DeploymentId id) const {
    double sum = 0;
    int measured = 0;
    for (const LaneId lane_id : lanes_of_deployment_[static_cast<std::size_t>(id)]) {
        sum += lane(lane_id).first_token_us;
        measured += lane(lane_id).first_token_us > 0;
    }
    return measured == 0 ? 0 : sum / measured;
}

void Fleet::refresh_lane(LaneId id, Instant now) {
    const LaneState& state = lane(id);
    HotLane& hot = hot_lanes_[static_cast<std::size_t>(id)];
    hot.in_flight = state.in_flight;
    hot.progress_at = state.progress_at;
    hot.progress_us = state.progress_us;
    const KeyId key_id = key_of_[static_cast<std::size_t>(id)];
    const bool key_needs_care = key_id >= 0 && (!is_plain(key(key_id).health) || key(key_id).requests.limited() ||
                                                key(key_id).tokens.limited());
    hot.care = key_needs_care || state.cool_until > now || state.avoid_until > now || !is_plain(state.health);
}

void Fleet::refresh_key(KeyId id, Instant now) {
    for (const LaneId lane_id : lanes_of_key_[static_cast<std::size_t>(id)]) refresh_lane(lane_id, now);
}

void Fleet::refresh_deployment(DeploymentId id) {
    const DeploymentState& state = deployment(id);
    const SlotReport& told = state.slots;
    HotDeployment& hot = hot_deployments_[static_cast<std::size_t>(id)];
    const std::int64_t configured = max_in_flight_[static_cast<std::size_t>(id)];
    hot.in_flight = state.in_flight;
    hot.foreign = static_cast<float>(state.foreign);
    hot.places_configured = narrow(configured > 0 ? configured : unlimited);
    hot.places = hot.places_configured;
    if (told.total) hot.places = std::min(hot.places, std::max<std::int64_t>(*told.total - state.foreign, 0));
    hot.slots = static_cast<float>(told.total.value_or(0));
    hot.ceiling = narrow(ceiling(state));
    hot.first_token_us = static_cast<float>(first_token_us_of(id));
    note_pace(hot, state);
    hot.load_us = static_cast<float>(to_us(load_wait(told, told.seen)));
    const bool told_anything = told.seen != Instant{};
    hot.valid_until = told_anything ? valid_until(told) : never;
    hot.care = state.draining || told.phase == SlotPhase::draining || told.phase == SlotPhase::failed ||
               state.budget.has_value() || state.requests.limited() || state.tokens.limited();
}

bool Fleet::note_free_check(LaneId id, FreeCheck check, Instant now) {
    bool changed = at_lane(id).health.note_free_check(check, now, health_config_);
    const KeyId key_id = key_of_[static_cast<std::size_t>(id)];
    if (key_id >= 0 && key(key_id).health.state() != BreakerState::closed) {
        changed = at_key(key_id).health.note_free_check(check, now, health_config_) || changed;
    }
    return changed;
}

void Fleet::note_slots(DeploymentId id, SlotReport report) {
    DeploymentState& state = at_deployment(id);
    // What came and went between two readings must not look like somebody else's requests.
    if (report.seen != state.slots.seen) {
        state.foreign = std::max<std::int64_t>(report.busy.value_or(0) - state.own_peak, 0);
        state.foreign_kv = foreign_kv(state, report);
        state.own_peak = state.in_flight;
        state.own_kv_peak = state.kv.expected;
    }
    state.budget = budget_of(report);
    if (state.budget) state.budget->foreign = state.foreign_kv;
    state.slots = std::move(report);
    refresh_deployment(id);
}

void Fleet::hold(LaneId id, HoldKind kind, Instant until, Instant now) {
    at_lane(id).health.hold(kind, until);
    refresh_lane(id, now);
}

void Fleet::reset(LaneId id, Instant now) {
    at_lane(id).health.reset(now);
    at_lane(id).cool_until = at_lane(id).avoid_until = at_lane(id).busy_since = at_lane(id).busy_last = Instant{};
    if (const KeyId key_id = key_of_[static_cast<std::size_t>(id)]; key_id >= 0) {
        at_key(key_id).health.reset(now);
        refresh_key(key_id, now);
    }
    refresh_lane(id, now);
}

void Fleet::ask_probe(LaneId id, Instant now) {
    at_lane(id).health.ask_probe(now);
    if (const KeyId key_id = key_of_[static_cast<std::size_t>(id)]; key_id >= 0) at_key(key_id).health.ask_probe(now);
}

void Fleet::set_draining(DeploymentId id, bool draining) {
    at_deployment(id).draining = draining;
    refresh_deployment(id);
}

}  // namespace signalbox::core
