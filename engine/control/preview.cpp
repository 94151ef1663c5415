#include "engine/control/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

#include "engine/control/failure.h"
#include "engine/control/override_rules.h"
#include "engine/control/snapshot_parts.h"

namespace signalbox::control {
namespace {

// What matters of a model when its deployments are taken together.
struct Summary {
    v1::BreakerState breaker = v1::BREAKER_STATE_HELD_OPEN;  // the best
    std::optional<std::int64_t> context;                     // the largest
    std::optional<double> price;                             // the lowest input + output
    std::int64_t in_flight = 0;
    std::optional<std::int64_t> in_flight_limit = 0;  // none: some deployment has none
    bool draining = true;                             // every deployment
};

Summary summarise(const core::ModelEntry& entry, const SnapshotInput& in) {
    Summary out;
    for (const core::Target& target : entry.targets) {
        const core::Deployment& deployment = deployment_of(target, *in.fleet.table);
        const core::DeploymentConfig& config = deployment.limits;
        const v1::BreakerState breaker = best_breaker(deployment, in);
        if (severity(breaker) < severity(out.breaker)) out.breaker = breaker;
        if (config.context) out.context = std::max(out.context.value_or(0), *config.context);
        if (config.price) {
            const auto sum = static_cast<double>(config.price->input.value + config.price->output.value);
            out.price = std::min(out.price.value_or(sum), sum);
        }
        const auto& state = in.fleet.deployments[static_cast<std::size_t>(deployment.id)];
        out.in_flight += state.in_flight;
        out.draining = out.draining && state.draining;
        if (out.in_flight_limit && config.max_in_flight) {
            *out.in_flight_limit += *config.max_in_flight;
        } else {
            out.in_flight_limit.reset();
        }
    }
    return out;
}

std::string warning_of(const Summary& from, const Summary& to) {
    if (is_cut_off(to.breaker)) return "its own breakers are open";
    if (to.draining) return "it is taken out of service";
    if (from.context && to.context && *to.context < *from.context) {
        return fmt::format("context {} < {} tokens", *to.context, *from.context);
    }
    if (to.in_flight_limit && to.in_flight >= *to.in_flight_limit) return "it is full";
    return {};
}

v1::OverrideTarget to_message(const core::ModelEntry& entry, const Summary& from, const SnapshotInput& in) {
    const Summary to = summarise(entry, in);
    v1::OverrideTarget out;
    out.set_model(entry.name);
    out.set_breaker(to.breaker);
    out.set_in_flight(to.in_flight);
    if (to.in_flight_limit) out.set_in_flight_limit(*to.in_flight_limit);
    if (from.price && to.price && *from.price > 0) out.set_cost_change_percent((*to.price / *from.price - 1) * 100);
    if (const auto stats = in.models.find(entry.name); stats != in.models.end()) {
        if (const auto us = stats->second.first_token.quantile(0.95)) out.set_first_token_p95_us(*us);
    }
    out.set_warning(warning_of(from, to));
    return out;
}

bool better(const v1::OverrideTarget& a, const v1::OverrideTarget& b) {
    const auto rank = [](const v1::OverrideTarget& target) {
        const bool broken = is_cut_off(target.breaker());
        const auto unmeasured = std::numeric_limits<std::int64_t>::max();
        return std::tuple(broken, !target.warning().empty(),
                          target.has_first_token_p95_us() ? target.first_token_p95_us() : unmeasured,
                          target.cost_change_percent(), std::string_view(target.model()));
    };
    return rank(a) < rank(b);
}

double requests_per_minute(const std::string& model, const SnapshotInput& in) {
    const auto stats = in.models.find(model);
    if (stats == in.models.end() || stats->second.quarter_hour.empty()) return 0;
    std::int64_t requests = 0;
    for (const Counts& point : stats->second.quarter_hour) requests += point.requests;
    constexpr double points_per_minute = 4;
    return static_cast<double>(requests) * points_per_minute / static_cast<double>(stats->second.quarter_hour.size());
}

}  // namespace

api::Answer<v1::PreviewOverrideResponse> preview(const std::string& from, const SnapshotInput& in,
                                                 std::span<const ports::OverrideRow> active) {
    const core::RoutingTable& table = *in.fleet.table;
    const std::string name(table.resolve_alias(from));
    const core::ModelEntry* entry = table.find(name);
    if (entry == nullptr) return refuse(ErrorCode::model_not_found, "there is no model '" + from + "'");
    v1::PreviewOverrideResponse out;
    const Summary summary = summarise(*entry, in);
    for (const core::ModelEntry& target : table.models()) {
        const bool fits = !target.implicit && target.name != name && target.shape == entry->shape;
        if (!fits || find_cycle(active, name, target.name) != nullptr) continue;
        *out.add_targets() = to_message(target, summary, in);
    }
    std::ranges::sort(*out.mutable_targets(), better);
    out.set_requests_per_minute(requests_per_minute(name, in));
    if (const auto* other = find_overlap(active, name, {}, {})) out.set_conflict_id(other->id);
    return out;
}

}  // namespace signalbox::control
