#include "engine/core/routing/plan.h"

#include <algorithm>

#include "engine/core/config/suggest.h"

namespace signalbox::core {
namespace {

constexpr std::size_t suggestions_max = 3;

// The name after every redirect that applies. Chains of redirects have no cycles (control refuses them); the bound is
// for a table that was built otherwise.
std::string_view redirect(const OverrideTable& overrides, const PlanRequest& request, std::string_view model,
                          Instant now, const ActiveOverride** first) {
    for (std::size_t hops = 0; hops <= overrides.rows.size(); ++hops) {
        const ActiveOverride* row = overrides.match(model, request.account, request.tags, now, request.draw);
        if (row == nullptr) break;
        if (first != nullptr && *first == nullptr) *first = row;
        model = row->to;
    }
    return model;
}

std::string unknown_model(const RoutingTable& table, std::string_view name) {
    std::string text = "There is no model named '" + std::string(name) + "'.";
    const std::vector<std::string> near = nearest(name, table.listed_names(), suggestions_max);
    for (std::size_t i = 0; i < near.size(); ++i) text += (i == 0 ? " Did you mean " : ", ") + near[i];
    text += near.empty() ? " GET /v1/models lists what there is." : "?";
    return text;
}

PlanStep step_for(const ModelEntry& entry, std::string_view name) {
    PlanStep step{&entry, {}};
    if (entry.name.ends_with("/*")) step.upstream = name.substr(name.find('/') + 1);
    return step;
}

void append(Plan& plan, const PlanStep& step) {
    const bool known = std::ranges::any_of(
        plan.steps, [&](const PlanStep& s) { return s.entry == step.entry && s.upstream == step.upstream; });
    if (!known) plan.steps.push_back(step);
}

// Does the prompt exceed the window of every deployment of the entry?
bool fits_nowhere(const RoutingTable& table, const ModelEntry& entry, std::int64_t input_tokens) {
    return std::ranges::all_of(entry.targets, [&](const Target& target) {
        const auto& context = table.deployments()[static_cast<std::size_t>(target.deployment)].limits.context;
        return context && input_tokens > *context;
    });
}

Result<void> add_chain(Plan& plan, std::span<const std::string> chain, const RoutingTable& table,
                       const OverrideTable& overrides, const PlanRequest& request, Instant now) {
    for (const std::string& name : chain) {
        const std::string_view target = redirect(overrides, request, table.resolve_alias(name), now, nullptr);
        const ModelEntry* next = table.find(target);
        if (next == nullptr) return fail(ErrorCode::invalid_parameter, "fallbacks: " + unknown_model(table, name));
        if (next->shape == request.shape || next->name.ends_with("/*")) append(plan, step_for(*next, target));
    }
    return {};
}

Result<void> add_fallbacks(Plan& plan, const RoutingTable& table, const OverrideTable& overrides,
                           const PlanRequest& request, Instant now) {
    const ModelEntry& entry = *plan.steps.front().entry;
    if (!entry.context_fallbacks.empty() && fits_nowhere(table, entry, request.input_tokens)) {
        plan.source = PlanSource::context;
        const Result<void> added = add_chain(plan, entry.context_fallbacks, table, overrides, request, now);
        if (!added) return added;
    }
    std::span<const std::string> chain = request.fallbacks;
    PlanSource source = PlanSource::body;
    if (chain.empty()) chain = entry.fallbacks, source = PlanSource::model_chain;
    if (chain.empty()) chain = table.config().defaults.fallbacks, source = PlanSource::default_chain;
    if (plan.source == PlanSource::none) plan.source = source;
    const Result<void> added = add_chain(plan, chain, table, overrides, request, now);
    if (plan.steps.size() == 1) plan.source = PlanSource::none;
    return added;
}

}  // namespace

std::string_view to_string(PlanSource source) {
    switch (source) {
        case PlanSource::none:
            return "none";
        case PlanSource::context:
            return "context";
        case PlanSource::body:
            return "body";
        case PlanSource::model_chain:
            return "model_chain";
        case PlanSource::default_chain:
            return "default_chain";
    }
    return {};
}

Result<Plan> make_plan(RoutingTablePtr table, const OverrideTable& overrides, const PlanRequest& request, Instant now) {
    Plan plan;
    plan.resolved_model = table->resolve_alias(request.model);
    const ActiveOverride* moved = nullptr;
    const std::string_view first = redirect(overrides, request, plan.resolved_model, now, &moved);
    const ModelEntry* entry = table->find(first);
    // The name asked for must exist even while a redirect hides it: a typo must not become a feature of an emergency.
    if (entry == nullptr || table->find(plan.resolved_model) == nullptr) {
        return fail(ErrorCode::model_not_found, unknown_model(*table, request.model));
    }
    if (entry->shape != request.shape && !entry->name.ends_with("/*")) {
        return fail(ErrorCode::invalid_parameter, "model: '" + entry->name + "' is of shape " +
                                                      std::string(to_string(entry->shape)) + "; this endpoint serves " +
                                                      std::string(to_string(request.shape)));
    }
    if (moved != nullptr) {
        plan.override_id = moved->id;
        plan.diverted = moved->diverted;
    }
    plan.steps.push_back(step_for(*entry, first));
    if (!request.no_fallback) {
        if (Result<void> added = add_fallbacks(plan, *table, overrides, request, now); !added) {
            return std::unexpected(std::move(added.error()));
        }
    }
    plan.table = std::move(table);
    return plan;
}

}  // namespace signalbox::core
