#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/control/snapshot_parts.h"
#include "engine/control/target_names.h"
#include "engine/control/wording.h"

namespace signalbox::control {
namespace {

using core::BreakerState;

const core::LaneState& state_of(const core::Lane& lane, const flow::FleetView& fleet) {
    return fleet.lanes[static_cast<std::size_t>(lane.id)];
}

// "model not found ×2 (HTTP 404)"
std::string cause_text(const core::Health& health) {
    const auto same = [&](const core::Evidence& one) { return one.code == health.cause(); };
    const auto evidence = health.evidence();
    std::string text = fmt::format("{} ×{}", cause_words(health.cause()), std::ranges::count_if(evidence, same));
    const bool has_status = !evidence.empty() && same(evidence.back()) && evidence.back().status != 0;
    return has_status ? text + fmt::format(" (HTTP {})", evidence.back().status) : text;
}

// The first listed model with this deployment, else the entry that stands for the deployment itself.
std::string model_of(const core::Deployment& deployment, const core::RoutingTable& table) {
    for (const core::ModelEntry& entry : table.models()) {
        for (const core::Target& target : entry.targets) {
            if (&deployment_of(target, table) == &deployment) return entry.name;
        }
    }
    return deployment.name;
}

void set_evidence(const core::Health& health, Moment at, v1::Breaker& out) {
    for (const core::Evidence& one : health.evidence()) {
        auto* row = out.add_evidence();
        row->set_at_unix_us(wall_of(one.at, at).unix_us);
        row->set_code(std::string(to_string(one.code)));
        row->set_status(one.status);
        row->set_request_id(one.request_id.data());
    }
}

void set_outcomes(const core::Health& health, const SnapshotInput& in, v1::Breaker& out) {
    out.set_samples(health.samples());
    if (const auto rate = health.failure_rate()) out.set_failure_percent(*rate * 100);
    out.set_threshold_percent(in.fleet.table->config().defaults.health.failure_rate * 100);
    out.set_trips(health.trips());
    out.set_consecutive_faults(health.consecutive());
    out.set_structural_strikes(health.strikes());
    out.set_insufficient_evidence(health.insufficient_evidence());
    const core::HealthState word = health.word(in.at.now);
    out.set_health(std::string(core::to_string(word)));
    if (word != core::HealthState::ramp) return;
    const auto stages = core::ramp_stages();
    out.set_ramp_stage(health.ramp_stage() + 1);
    out.set_ramp_stages(static_cast<int>(stages.size()));
    out.set_ramp_share_percent(stages[static_cast<std::size_t>(health.ramp_stage())].share * 100);
}

void set_outage(const core::Health& health, const core::LaneState& lane, const SnapshotInput& in, v1::Breaker& out) {
    if (health.since() != Instant{}) out.set_since_unix_us(wall_of(health.since(), in.at).unix_us);
    const bool closed = health.state() == BreakerState::closed;
    if (!closed || health.in_outage() || health.word(in.at.now) == core::HealthState::suspect) {
        out.set_wasted(health.wasted());
        out.set_outage_began_unix_us(wall_of(health.outage_began(), in.at).unix_us);
    }
    if (closed) return;
    out.set_cause(std::string(to_string(health.cause())));
    out.set_cause_text(cause_text(health));
    if (health.state() == BreakerState::open) {
        out.set_next_probe_unix_us(wall_of(health.open_until(), in.at).unix_us);
    }
    out.set_diverted(lane.diverted);
    if (lane.served_by >= 0) out.set_served_by(in.fleet.lane_names[static_cast<std::size_t>(lane.served_by)]);
    set_evidence(health, in.at, out);
}

// What an operator ordered: the engine's clock decides, the words are in the book.
void set_hold(const core::Lane& lane, const SnapshotInput& in, v1::Breaker& out) {
    const core::Health& health = state_of(lane, in.fleet).health;
    if (health.held(in.at.now) == core::HoldKind::none) return;
    v1::Hold& hold = *out.mutable_hold();
    hold.set_state(out.state());
    hold.set_expires_unix_us(wall_of(health.hold_until(), in.at).unix_us);
    const auto note = in.holds.find(lane.id);
    if (note == in.holds.end()) return;
    hold.set_reason(note->second.reason);
    hold.set_actor(note->second.actor);
    hold.set_since_unix_us(note->second.since.unix_us);
    out.set_since_unix_us(note->second.since.unix_us);
}

void set_free_check(const core::Lane& lane, const SnapshotInput& in, v1::Breaker& out) {
    const auto note = in.free_checks.find(lane.id);
    if (note == in.free_checks.end()) return;
    v1::FreeCheck& check = *out.mutable_free_check();
    check.set_at_unix_us(wall_of(note->second.at, in.at).unix_us);
    check.set_verdict(std::string(core::to_string(note->second.verdict)));
    check.set_text(to_utf8(note->second.text));
    if (note->second.next) check.set_next_unix_us(wall_of(*note->second.next, in.at).unix_us);
}

v1::Breaker to_message(const core::Lane& lane, const core::Deployment& deployment, const SnapshotInput& in) {
    const core::LaneState& state = state_of(lane, in.fleet);
    v1::Breaker out;
    out.set_target(in.fleet.lane_names[static_cast<std::size_t>(lane.id)]);
    out.set_deployment(deployment.name);
    out.set_key(key_name(lane, deployment, *in.fleet.table));
    out.set_model(model_of(deployment, *in.fleet.table));
    out.set_model_shape(std::string(core::to_string(deployment.shape)));
    out.set_state(breaker_state(lane, in));
    out.set_of_key(&in.fleet.health_of(lane) != &state.health);
    out.set_in_flight(state.in_flight);
    out.set_in_flight_ceiling(in.fleet.ceilings[static_cast<std::size_t>(deployment.id)]);
    const core::Health& health = in.fleet.health_of(lane);
    set_outcomes(health, in, out);
    set_outage(health, state, in, out);
    set_hold(lane, in, out);
    set_free_check(lane, in, out);
    return out;
}

bool is_untouched(const core::Lane& lane, const SnapshotInput& in) {
    return in.fleet.health_of(lane).samples() == 0 && breaker_state(lane, in) == v1::BREAKER_STATE_CLOSED;
}

template <class Pick>
v1::BreakerState pick_breaker(const core::Deployment& deployment, const SnapshotInput& in, Pick pick) {
    const auto by_severity = [&](const core::Lane& lane) { return severity(breaker_state(lane, in)); };
    const auto lane = pick(deployment.lanes, by_severity);
    return lane == deployment.lanes.end() ? v1::BREAKER_STATE_CLOSED : breaker_state(*lane, in);
}

}  // namespace

std::vector<v1::Breaker> build_breakers(const SnapshotInput& in) {
    std::vector<v1::Breaker> out;
    for (const core::Deployment& deployment : in.fleet.table->deployments()) {
        for (const core::Lane& lane : deployment.lanes) {
            if (deployment.upstream.empty() && is_untouched(lane, in)) continue;
            out.push_back(to_message(lane, deployment, in));
        }
    }
    return out;
}

v1::BreakerState breaker_state(const core::Lane& lane, const SnapshotInput& in) {
    switch (state_of(lane, in.fleet).health.held(in.at.now)) {
        case core::HoldKind::open:
            return v1::BREAKER_STATE_HELD_OPEN;
        case core::HoldKind::closed:
            return v1::BREAKER_STATE_HELD_CLOSED;
        case core::HoldKind::none:
            break;
    }
    switch (in.fleet.health_of(lane).state()) {
        case BreakerState::closed:
            return v1::BREAKER_STATE_CLOSED;
        case BreakerState::open:
            return v1::BREAKER_STATE_OPEN;
        case BreakerState::half_open:
            break;
    }
    return v1::BREAKER_STATE_HALF_OPEN;
}

int severity(v1::BreakerState state) {
    switch (state) {
        case v1::BREAKER_STATE_HELD_CLOSED:
            return 1;
        case v1::BREAKER_STATE_HALF_OPEN:
            return 2;
        case v1::BREAKER_STATE_OPEN:
            return 3;
        case v1::BREAKER_STATE_HELD_OPEN:
            return 4;
        default:
            return 0;
    }
}

bool is_cut_off(v1::BreakerState state) {
    return state == v1::BREAKER_STATE_OPEN || state == v1::BREAKER_STATE_HELD_OPEN;
}

v1::BreakerState worst_breaker(const core::Deployment& deployment, const SnapshotInput& in) {
    return pick_breaker(deployment, in,
                        [](const auto& lanes, auto by) { return std::ranges::max_element(lanes, {}, by); });
}

v1::BreakerState best_breaker(const core::Deployment& deployment, const SnapshotInput& in) {
    return pick_breaker(deployment, in,
                        [](const auto& lanes, auto by) { return std::ranges::min_element(lanes, {}, by); });
}

const core::Deployment& deployment_of(const core::Target& target, const core::RoutingTable& table) {
    return table.deployments()[static_cast<std::size_t>(target.deployment)];
}

}  // namespace signalbox::control
