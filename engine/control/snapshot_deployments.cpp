#include <algorithm>
#include <optional>

#include "engine/base/text.h"
#include "engine/control/snapshot_parts.h"

namespace signalbox::control {
namespace {

// Mean over the lanes that have served; none before the first success.
std::optional<std::int64_t> first_token_mean(const core::Deployment& deployment, const flow::FleetView& fleet) {
    double sum = 0;
    int lanes = 0;
    for (const core::Lane& lane : deployment.lanes) {
        const double us = fleet.lanes[static_cast<std::size_t>(lane.id)].first_token_us;
        if (us <= 0) continue;
        sum += us;
        ++lanes;
    }
    if (lanes == 0) return std::nullopt;
    return static_cast<std::int64_t>(sum / lanes);
}

// What the rate limits of one lane leave free, 0…1; none: nothing limits it, as far as anybody told.
std::optional<double> lane_headroom(const core::Lane& lane, const flow::FleetView& fleet, Instant now) {
    std::optional<double> least;
    const auto consider = [&](double share) { least = std::min(least.value_or(1), std::clamp(share, 0.0, 1.0)); };
    const auto bucket = [&](const core::TokenBucket& one) {
        if (one.limited()) consider(one.share_left(now));
    };
    if (lane.key_id >= 0) {
        const core::KeyState& key = fleet.keys[static_cast<std::size_t>(lane.key_id)];
        bucket(key.requests);
        bucket(key.tokens);
    }
    const core::LaneState& state = fleet.lanes[static_cast<std::size_t>(lane.id)];
    const core::RateHint& told = state.rates;
    if (now >= after(state.rates_at, told.reset)) return least;
    const auto hint = [&](std::int64_t left, std::int64_t limit) {
        if (left >= 0 && limit > 0) consider(static_cast<double>(left) / static_cast<double>(limit));
    };
    hint(told.requests_left, told.requests_limit);
    hint(told.tokens_left, told.tokens_limit);
    return least;
}

// Of the deployment's own limits and its best key.
std::optional<double> headroom(const core::Deployment& deployment, const flow::FleetView& fleet, Instant now) {
    std::optional<double> best;
    bool unlimited = deployment.lanes.empty();
    for (const core::Lane& lane : deployment.lanes) {
        const auto share = lane_headroom(lane, fleet, now);
        unlimited = unlimited || !share;
        if (share) best = std::max(best.value_or(0), *share);
    }
    if (unlimited) best.reset();
    const core::DeploymentState& state = fleet.deployments[static_cast<std::size_t>(deployment.id)];
    for (const core::TokenBucket* own : {&state.requests, &state.tokens}) {
        if (own->limited()) best = std::min(best.value_or(1), std::clamp(own->share_left(now), 0.0, 1.0));
    }
    return best;
}

void set_limits(const core::DeploymentConfig& config, v1::Deployment& out) {
    if (config.max_in_flight) out.set_in_flight_limit(*config.max_in_flight);
    if (config.context) out.set_context(*config.context);
    if (config.price) {
        out.set_price_input_microusd(config.price->input.value);
        out.set_price_output_microusd(config.price->output.value);
    }
    out.set_retires(config.retires);
}

v1::Provenance to_message(core::Provenance provenance) {
    switch (provenance) {
        case core::Provenance::unknown:
            return v1::PROVENANCE_UNKNOWN;
        case core::Provenance::inferred:
            return v1::PROVENANCE_INFERRED;
        case core::Provenance::reported:
            return v1::PROVENANCE_REPORTED;
        case core::Provenance::measured:
            break;
    }
    return v1::PROVENANCE_MEASURED;
}

v1::SlotPhase to_message(core::SlotPhase phase) {
    switch (phase) {
        case core::SlotPhase::unknown:
            return v1::SLOT_PHASE_UNKNOWN;
        case core::SlotPhase::cold:
            return v1::SLOT_PHASE_COLD;
        case core::SlotPhase::warming:
            return v1::SLOT_PHASE_WARMING;
        case core::SlotPhase::warm_idle:
            return v1::SLOT_PHASE_WARM_IDLE;
        case core::SlotPhase::warm_busy:
            return v1::SLOT_PHASE_WARM_BUSY;
        case core::SlotPhase::draining:
            return v1::SLOT_PHASE_DRAINING;
        case core::SlotPhase::failed:
            break;
    }
    return v1::SLOT_PHASE_FAILED;
}

// What a source said that still answers.
void set_counts(const core::SlotReport& report, Moment at, v1::Slots& out) {
    out.set_phase(to_message(report.phase));
    out.set_provenance(to_message(report.provenance));
    if (report.total) out.set_total(*report.total);
    if (report.busy) out.set_busy(*report.busy);
    if (report.queued) out.set_queued(*report.queued);
    if (report.warm_until) out.set_warm_until_unix_us(wall_of(*report.warm_until, at).unix_us);
}

// Of figures that others tell: their product may be larger than any number we can show.
std::int64_t bytes_of(std::int64_t tokens, std::int64_t per_token) {
    constexpr double most = 9e18;
    return static_cast<std::int64_t>(std::min(static_cast<double>(tokens) * static_cast<double>(per_token), most));
}

// Some servers count their memory in tokens: without the bytes of one there is nothing to show.
void set_memory(const core::SlotReport& report, const core::KvLoad& load, v1::Slots& out) {
    out.set_kv_provenance(to_message(report.kv_provenance));
    if (report.kv_budget) out.set_kv_budget_bytes(*report.kv_budget);
    if (!report.kv_bytes_per_token) return;
    const std::int64_t per_token = *report.kv_bytes_per_token;
    if (!report.kv_budget && report.kv_tokens) out.set_kv_budget_bytes(bytes_of(*report.kv_tokens, per_token));
    out.set_kv_bytes_per_token(per_token);
    out.set_kv_expected_bytes(bytes_of(load.expected, per_token));
    out.set_kv_worst_bytes(bytes_of(load.worst, per_token));
}

v1::Slots build_slots(const core::SlotReport& report, const core::KvLoad& load, Moment at) {
    v1::Slots out;
    out.set_source(to_utf8(report.source));
    out.set_trouble(to_utf8(report.trouble));
    out.set_stale(core::is_stale(report, at.now));
    out.set_phase(v1::SLOT_PHASE_UNKNOWN);
    out.set_provenance(v1::PROVENANCE_UNKNOWN);
    if (!out.stale()) set_counts(report, at, out);
    set_memory(report, load, out);
    if (report.load_time) out.set_load_time_us(to_us(*report.load_time));
    if (report.seen != Instant{}) out.set_seen_unix_us(wall_of(report.seen, at).unix_us);
    return out;
}

bool anything_known(const core::SlotReport& report) {
    return report.seen != Instant{} || report.provenance != core::Provenance::unknown || !report.trouble.empty();
}

}  // namespace

v1::Deployment build_deployment(const core::Target& target, const SnapshotInput& in) {
    const flow::FleetView& fleet = in.fleet;
    const core::Deployment& deployment = deployment_of(target, *fleet.table);
    const core::ProviderConfig& provider =
        fleet.table->config().providers[static_cast<std::size_t>(deployment.provider)];
    const core::DeploymentState& state = fleet.deployments[static_cast<std::size_t>(deployment.id)];
    v1::Deployment out;
    out.set_name(deployment.name);
    out.set_provider(provider.name);
    out.set_provider_kind(std::string(core::to_string(provider.kind)));
    out.set_upstream_model(deployment.upstream);
    out.set_zone(provider.zone);
    out.set_near(!deployment.far);
    out.set_weight(target.weight);
    out.set_order(target.order);
    out.set_in_flight(state.in_flight);
    out.set_in_flight_ceiling(fleet.ceilings[static_cast<std::size_t>(deployment.id)]);
    out.set_draining(state.draining);
    out.set_breaker(worst_breaker(deployment, in));
    if (const auto us = first_token_mean(deployment, fleet)) out.set_first_token_ewma_us(*us);
    if (state.tokens_per_second > 0) out.set_tokens_per_second(state.tokens_per_second);
    if (const auto share = headroom(deployment, fleet, in.at.now)) out.set_headroom_percent(*share * 100);
    if (anything_known(state.slots)) *out.mutable_slots() = build_slots(state.slots, state.kv, in.at);
    set_limits(deployment.limits, out);
    return out;
}

}  // namespace signalbox::control
