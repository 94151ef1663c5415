#include <algorithm>

#include "engine/control/snapshot_parts.h"

namespace signalbox::control {
namespace {

void set_stats(const WindowStats& stats, v1::Model& out) {
    out.set_requests_per_second(stats.per_second(stats.minute.requests));
    if (const auto share = stats.minute.served_percent()) out.set_served_percent(*share);
    if (const auto share = stats.minute.fallback_percent()) out.set_fallback_percent(*share);
    if (const auto us = stats.first_token.quantile(0.95)) out.set_first_token_p95_us(*us);
}

// How many have the model in memory, as far as anybody told: the rest is neither warm nor cold.
void count_warm(v1::Model& out) {
    for (const v1::Deployment& deployment : out.deployments()) {
        switch (deployment.slots().phase()) {
            case v1::SLOT_PHASE_WARM_IDLE:
            case v1::SLOT_PHASE_WARM_BUSY:
                out.set_warm_deployments(out.warm_deployments() + 1);
                break;
            case v1::SLOT_PHASE_COLD:
            case v1::SLOT_PHASE_WARMING:
                out.set_cold_deployments(out.cold_deployments() + 1);
                break;
            default:
                break;
        }
    }
}

// Of the first deployment that has learned it: those of one model have one tokenizer, or nearly so.
void set_estimates(const core::ModelEntry& entry, const SnapshotInput& in, v1::Model& out) {
    const std::int64_t expected = in.fleet.expected_output[static_cast<std::size_t>(entry.index)];
    if (expected > 0) out.set_expected_output_tokens(expected);
    for (const core::Target& target : entry.targets) {
        const core::DeploymentId id = deployment_of(target, *in.fleet.table).id;
        const flow::Calibration& learned = in.fleet.calibrations[static_cast<std::size_t>(id)];
        if (learned.bytes_per_token <= 0) continue;
        out.set_bytes_per_token(learned.bytes_per_token);
        out.set_estimate_error_percent(learned.error * 100);
        return;
    }
}

}  // namespace

v1::Model build_model(const core::ModelEntry& entry, const SnapshotInput& in) {
    const core::Config& config = in.fleet.table->config();
    v1::Model out;
    out.set_name(entry.name);
    out.set_shape(std::string(core::to_string(entry.shape)));
    for (const core::Target& target : entry.targets) *out.add_deployments() = build_deployment(target, in);
    count_warm(out);
    set_estimates(entry, in, out);
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
