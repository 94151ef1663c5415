#include <fmt/format.h>

#include <algorithm>

#include "engine/control/snapshot_parts.h"

namespace signalbox::control {
namespace {

using core::BreakerState;

WallTime wall_of(Instant instant, Moment at) {
    return at.wall + (instant - at.now);
}

const core::LaneState& state_of(const core::Lane& lane, const flow::FleetView& fleet) {
    return fleet.lanes[static_cast<std::size_t>(lane.id)];
}

std::string health_word(const core::Health& health) {
    if (health.state() == BreakerState::open) return "open";
    if (health.state() == BreakerState::half_open) return "half_open";
    if (health.strikes() > 0 || health.consecutive() > 0) return "suspect";
    return health.samples() == 0 ? "new" : "full";
}

// "upstream_not_found ×2 (HTTP 404)"
std::string cause_text(const core::Health& health) {
    const auto same = [&](const core::Evidence& one) { return one.code == health.cause(); };
    const auto evidence = health.evidence();
    std::string text = fmt::format("{} ×{}", to_string(health.cause()), std::ranges::count_if(evidence, same));
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

void set_present_state(const core::LaneState& lane, const SnapshotInput& in, v1::Breaker& out) {
    const core::Health& health = lane.health;
    out.set_state(breaker_state(health.state()));
    out.set_health(health_word(health));
    if (health.since() != Instant{}) out.set_since_unix_us(wall_of(health.since(), in.at).unix_us);
    if (health.state() == BreakerState::closed) return;
    out.set_cause(std::string(to_string(health.cause())));
    out.set_cause_text(cause_text(health));
    if (health.state() == BreakerState::open) {
        out.set_next_probe_unix_us(wall_of(health.open_until(), in.at).unix_us);
    }
    out.set_diverted(lane.diverted);
    if (lane.served_by >= 0) out.set_served_by(in.fleet.lane_names[static_cast<std::size_t>(lane.served_by)]);
    set_evidence(health, in.at, out);
}

v1::Breaker to_message(const core::Lane& lane, const core::Deployment& deployment, const SnapshotInput& in) {
    const core::Config& config = in.fleet.table->config();
    const core::LaneState& state = state_of(lane, in.fleet);
    v1::Breaker out;
    out.set_target(in.fleet.lane_names[static_cast<std::size_t>(lane.id)]);
    out.set_deployment(deployment.name);
    const core::ProviderConfig& provider = config.providers[static_cast<std::size_t>(deployment.provider)];
    if (lane.key >= 0) out.set_key(provider.keys[static_cast<std::size_t>(lane.key)].name);
    out.set_model(model_of(deployment, *in.fleet.table));
    out.set_samples(state.health.samples());
    if (const auto rate = state.health.failure_rate()) out.set_failure_percent(*rate * 100);
    out.set_threshold_percent(config.defaults.health.failure_rate * 100);
    out.set_trips(state.health.trips());
    out.set_consecutive_faults(state.health.consecutive());
    out.set_structural_strikes(state.health.strikes());
    set_present_state(state, in, out);
    return out;
}

template <class Pick>
BreakerState pick_breaker(const core::Deployment& deployment, const flow::FleetView& fleet, Pick pick) {
    const auto states_severity = [&](const core::Lane& lane) { return severity(state_of(lane, fleet).health.state()); };
    const auto lane = pick(deployment.lanes, states_severity);
    return lane == deployment.lanes.end() ? BreakerState::closed : state_of(*lane, fleet).health.state();
}

}  // namespace

std::vector<v1::Breaker> build_breakers(const SnapshotInput& in) {
    std::vector<v1::Breaker> out;
    for (const core::Deployment& deployment : in.fleet.table->deployments()) {
        for (const core::Lane& lane : deployment.lanes) {
            const core::LaneState& state = state_of(lane, in.fleet);
            const bool idle = state.health.samples() == 0 && state.health.state() == BreakerState::closed;
            if (deployment.upstream.empty() && idle) continue;
            out.push_back(to_message(lane, deployment, in));
        }
    }
    return out;
}

v1::BreakerState breaker_state(BreakerState state) {
    switch (state) {
        case BreakerState::closed:
            return v1::BREAKER_STATE_CLOSED;
        case BreakerState::open:
            return v1::BREAKER_STATE_OPEN;
        case BreakerState::half_open:
            break;
    }
    return v1::BREAKER_STATE_HALF_OPEN;
}

int severity(BreakerState state) {
    switch (state) {
        case BreakerState::closed:
            return 0;
        case BreakerState::half_open:
            return 1;
        case BreakerState::open:
            break;
    }
    return 2;
}

BreakerState worst_breaker(const core::Deployment& deployment, const flow::FleetView& fleet) {
    return pick_breaker(deployment, fleet,
                        [](const auto& lanes, auto by) { return std::ranges::max_element(lanes, {}, by); });
}

BreakerState best_breaker(const core::Deployment& deployment, const flow::FleetView& fleet) {
    return pick_breaker(deployment, fleet,
                        [](const auto& lanes, auto by) { return std::ranges::min_element(lanes, {}, by); });
}

std::int64_t in_flight_of(const core::Deployment& deployment, const flow::FleetView& fleet) {
    std::int64_t sum = 0;
    for (const core::Lane& lane : deployment.lanes) sum += state_of(lane, fleet).in_flight;
    return sum;
}

const core::Deployment& deployment_of(const core::Target& target, const core::RoutingTable& table) {
    return table.deployments()[static_cast<std::size_t>(target.deployment)];
}

}  // namespace signalbox::control
