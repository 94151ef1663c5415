#include "engine/flow/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/core/routing/slots.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::flow {
namespace {

struct Capacity {
    int routable = 0, warm = 0, running = 0, cold = 0;
    bool can_accept = false;
    std::int64_t active = 0;
    std::int64_t idle_slots = 0, slots = 0;          // where servers tell
    std::int64_t tokens_left = 0, tokens_total = 0;  // of KV memory, where servers tell
    double tokens_per_second = 0;
    double first_token_us = 0;  // the best
};

bool may_serve(const core::Deployment& deployment, const FleetView& fleet, Instant now) {
    if (fleet.deployments[static_cast<std::size_t>(deployment.id)].draining) return false;
    return std::ranges::any_of(deployment.lanes, [&](const core::Lane& lane) {
        return fleet.health_of(lane).gate(now) != core::Health::Gate::closed;
    });
}

void add_memory(const core::DeploymentState& state, Capacity& sum) {
    if (!state.budget || state.budget->bytes_per_token <= 0) return;
    const std::int64_t total = state.budget->bytes / state.budget->bytes_per_token;
    sum.tokens_total += total;
    sum.tokens_left +=
        std::max<std::int64_t>(total - state.budget->foreign / state.budget->bytes_per_token - state.kv.expected, 0);
}

void add(const core::Deployment& deployment, const FleetView& fleet, Instant now, Capacity& sum) {
    const core::DeploymentState& state = fleet.deployments[static_cast<std::size_t>(deployment.id)];
    sum.active += state.in_flight;
    if (!may_serve(deployment, fleet, now)) return;
    ++sum.routable;
    const core::SlotReport& told = state.slots;
    const bool known = told.seen != Instant{} && !core::is_stale(told, now);
    const bool cold = known && (told.phase == core::SlotPhase::cold || told.phase == core::SlotPhase::warming);
    const bool failed = known && told.phase == core::SlotPhase::failed;
    sum.cold += cold;
    sum.warm += !cold && !failed;
    sum.running += state.in_flight > 0;
    std::int64_t places = deployment.limits.max_in_flight.value_or(std::numeric_limits<std::int64_t>::max());
    if (known && told.total) {
        places = std::min(places, *told.total - state.foreign);
        sum.slots += *told.total;
        sum.idle_slots += std::max<std::int64_t>(places - state.in_flight, 0);
        add_memory(state, sum);
    }
    sum.can_accept = sum.can_accept || state.in_flight < places;
    sum.tokens_per_second += state.tokens_per_second * static_cast<double>(std::max<std::int64_t>(state.in_flight, 1));
    for (const core::Lane& lane : deployment.lanes) {
        const double us = fleet.lanes[static_cast<std::size_t>(lane.id)].first_token_us;
        if (us > 0 && (sum.first_token_us == 0 || us < sum.first_token_us)) sum.first_token_us = us;
    }
}

void append_row(std::string& out, const core::ModelEntry& model, const FleetView& fleet, Instant now) {
    Capacity sum;
    for (const core::Target& target : model.targets) {
        add(fleet.table->deployments()[static_cast<std::size_t>(target.deployment)], fleet, now, sum);
    }
    const auto queued = fleet.queued.find(model.name);
    const int queue_limit = fleet.table->config().defaults.queue.per_model;
    out += R"({"id":)";
    protocol::append_json_string(out, model.name);
    out += fmt::format(R"(,"ready":{},"can_accept":{},"routable_providers":{},"warm_providers":{},)"
                       R"("running_providers":{},"cold_providers":{},"active_requests":{},"queued_requests":{},)"
                       R"("queue_limit":{})",
                       sum.routable > 0, sum.can_accept, sum.routable, sum.warm, sum.running, sum.cold, sum.active,
                       queued == fleet.queued.end() ? 0 : queued->second, queue_limit);
    if (sum.slots > 0) out += fmt::format(R"(,"slots":{},"idle_slots":{})", sum.slots, sum.idle_slots);
    if (sum.tokens_per_second > 0) out += fmt::format(R"(,"aggregate_tps":{:.1f})", sum.tokens_per_second);
    if (sum.first_token_us > 0) out += fmt::format(R"(,"estimated_ttft_ms":{:.0f})", sum.first_token_us / 1000);
    if (sum.tokens_total > 0) {
        out +=
            fmt::format(R"(,"token_budget_remaining":{},"token_budget_total":{})", sum.tokens_left, sum.tokens_total);
    }
    out += '}';
}

}  // namespace

std::string capacity_body(const FleetView& fleet, Instant now, bool draining) {
    std::string out = R"({"models":[)";
    for (const core::ModelEntry& model : fleet.table->models()) {
        if (model.implicit) continue;
        if (out.back() == '}') out += ',';
        append_row(out, model, fleet, now);
    }
    out += draining ? R"(],"draining":true})" : "]}";
    return out;
}

}  // namespace signalbox::flow
