#include <algorithm>

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

void set_limits(const core::DeploymentConfig& config, v1::Deployment& out) {
    if (config.max_in_flight) out.set_in_flight_limit(*config.max_in_flight);
    if (config.context) out.set_context(*config.context);
    if (config.price) {
        out.set_price_input_microusd(config.price->input.value);
        out.set_price_output_microusd(config.price->output.value);
    }
    out.set_retires(config.retires);
}

v1::Deployment to_message(const core::Target& target, const flow::FleetView& fleet) {
    const core::Deployment& deployment = deployment_of(target, *fleet.table);
    const core::ProviderConfig& provider =
        fleet.table->config().providers[static_cast<std::size_t>(deployment.provider)];
    v1::Deployment out;
    out.set_name(deployment.name);
    out.set_provider(provider.name);
    out.set_provider_kind(std::string(core::to_string(provider.kind)));
    out.set_upstream_model(deployment.upstream);
    out.set_zone(provider.zone);
    out.set_weight(target.weight);
    out.set_order(target.order);
    out.set_in_flight(in_flight_of(deployment, fleet));
    out.set_breaker(breaker_state(worst_breaker(deployment, fleet)));
    if (const auto us = first_token_mean(deployment, fleet)) out.set_first_token_ewma_us(*us);
    set_limits(deployment.limits, out);
    return out;
}

void set_stats(const WindowStats& stats, v1::Model& out) {
    out.set_requests_per_second(stats.per_second(stats.minute.requests));
    if (const auto share = stats.minute.served_percent()) out.set_served_percent(*share);
    if (const auto share = stats.minute.fallback_percent()) out.set_fallback_percent(*share);
    if (const auto us = stats.first_token.quantile(0.95)) out.set_first_token_p95_us(*us);
}

}  // namespace

v1::Model build_model(const core::ModelEntry& entry, const SnapshotInput& in) {
    const core::Config& config = in.fleet.table->config();
    v1::Model out;
    out.set_name(entry.name);
    out.set_shape(std::string(core::to_string(entry.shape)));
    for (const core::Target& target : entry.targets) *out.add_deployments() = to_message(target, in.fleet);
    for (const std::string& name : entry.fallbacks.empty() ? config.defaults.fallbacks : entry.fallbacks) {
        if (name != entry.name) out.add_fallbacks(name);
    }
    for (const auto& [alias, target] : config.aliases) {
        if (target == entry.name) out.add_aliases(alias);
    }
    if (const auto stats = in.models.find(entry.name); stats != in.models.end()) set_stats(stats->second, out);
    if (const auto queued = in.fleet.queued.find(entry.name); queued != in.fleet.queued.end()) {
        out.set_queued(static_cast<std::int64_t>(queued->second));
    }
    out.set_queue_limit(config.defaults.queue.per_model);
    const auto redirect = std::ranges::find(in.overrides, entry.name, &v1::Override::from);
    if (redirect != in.overrides.end()) out.set_redirected_to(redirect->to());
    return out;
}

}  // namespace signalbox::control
