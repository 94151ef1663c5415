#include "engine/core/routing/routing_table.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "engine/base/glob.h"

namespace signalbox::core {
namespace {

// A zone is near when it is the gateway's region or a part of it: "eu-west" is near "eu-west-1". Without a region, or
// for a provider without a zone, everything is.
bool is_far(const std::string& zone, const std::string& region) {
    return !region.empty() && !zone.empty() && !zone.starts_with(region);
}

bool allows(const Lane& lane, std::string_view upstream) {
    return lane.only_models.empty() ||
           std::ranges::any_of(lane.only_models, [&](const std::string& glob) { return glob_match(glob, upstream); });
}

}  // namespace

int NameRegistry::id_of(const std::string& name) {
    const auto [row, added] = ids_.try_emplace(name, size());
    if (added) names_.push_back(name);
    return row->second;
}

RoutingTable::RoutingTable(ConfigPtr config, Registries& registries) : config_(std::move(config)) {
    for (const ModelConfig& model : config_->models) {
        ModelEntry entry;
        entry.name = model.name;
        entry.shape = model.shape;
        entry.strategy = model.strategy;
        entry.fallbacks = model.fallbacks;
        entry.context_fallbacks = model.context_fallbacks;
        entry.deadlines = model.deadlines;
        entry.hedge = model.hedge;
        entry.cache = model.cache;
        for (const DeploymentConfig& deployment : model.deployments) {
            const Target target{deployment_for(deployment, model.shape, registries), deployment.weight,
                                deployment.order};
            const auto place = std::ranges::upper_bound(entry.targets, target.order, {}, &Target::order);
            entry.targets.insert(place, target);
        }
        add_model(std::move(entry), registries);
    }
    add_implicit_models(registries);
}

// provider/model for each deployment that stands somewhere, then provider/* for the rest.
void RoutingTable::add_implicit_models(Registries& registries) {
    for (const ProviderConfig& provider : config_->providers) {
        DeploymentConfig any;
        any.provider = provider.name;
        deployment_for(any, Shape::chat, registries);
    }
    for (std::size_t i = 0; i < deployments_.size(); ++i) {
        ModelEntry entry;
        entry.name = deployments_[i].name;
        entry.targets.push_back({static_cast<int>(i), 1, 1});
        entry.deadlines = config_->defaults.deadlines;
        entry.hedge = config_->defaults.hedge;
        entry.cache = config_->defaults.cache;
        entry.implicit = true;
        entry.shape = deployments_[i].shape;
        add_model(std::move(entry), registries);
    }
}

int RoutingTable::deployment_for(const DeploymentConfig& config, Shape shape, Registries& registries) {
    const std::string upstream_name = config.provider + "/" + (config.model.empty() ? "*" : config.model);
    // The same upstream model asked for pictures and for text is two things that break apart from each other.
    std::string name = upstream_name;
    const auto other = deployment_by_name_.find(name);
    if (other != deployment_by_name_.end() && deployments_[static_cast<std::size_t>(other->second)].shape != shape) {
        name += "@" + std::string(to_string(shape));
    }
    const auto [row, added] = deployment_by_name_.try_emplace(name, static_cast<int>(deployments_.size()));
    if (!added) return row->second;
    const auto provider = std::ranges::find(config_->providers, config.provider, &ProviderConfig::name);
    SB_CHECK(provider != config_->providers.end());
    Deployment deployment;
    deployment.name = name;
    deployment.provider = static_cast<int>(provider - config_->providers.begin());
    deployment.upstream = config.model;
    deployment.limits = config;
    deployment.id = registries.deployments.id_of(name);
    deployment.shape = shape;
    deployment.far = is_far(provider->zone, config_->fleet_region);
    if (provider->keys.empty()) deployment.lanes.push_back({registries.lanes.id_of(name), -1, -1, 1, {}});
    for (std::size_t k = 0; k < provider->keys.size(); ++k) {
        const KeyConfig& key = provider->keys[k];
        deployment.lanes.push_back({registries.lanes.id_of(name + "#" + key.name),
                                    registries.keys.id_of(provider->name + "#" + key.name), static_cast<int>(k),
                                    key.weight, key.models});
    }
    deployments_.push_back(std::move(deployment));
    return row->second;
}

void RoutingTable::add_candidates(ModelEntry& entry) const {
    for (const Target& target : entry.targets) {
        const Deployment& deployment = deployments_[static_cast<std::size_t>(target.deployment)];
        const Price price = deployment.limits.price.value_or(Price{});
        for (std::size_t i = 0; i < deployment.lanes.size(); ++i) {
            const Lane& lane = deployment.lanes[i];
            Candidate row;
            row.lane = lane.id;
            row.key_id = lane.key_id;
            row.deployment_id = deployment.id;
            row.deployment = target.deployment;
            row.lane_index = static_cast<int>(i);
            row.order = target.order;
            row.weight = target.weight * lane.weight;
            row.price = static_cast<double>(price.input.value + price.output.value);
            row.context = deployment.limits.context.value_or(std::numeric_limits<std::int64_t>::max());
            row.far = deployment.far;
            row.ask_key = deployment.upstream.empty() && !lane.only_models.empty();
            row.key_allowed = row.ask_key || allows(lane, deployment.upstream);
            entry.candidates.push_back(row);
        }
    }
}

void RoutingTable::add_model(ModelEntry entry, Registries& registries) {
    entry.index = static_cast<int>(models_.size());
    if (!model_by_name_.try_emplace(entry.name, entry.index).second) return;
    entry.pool = registries.pools.id_of(entry.name);
    add_candidates(entry);
    models_.push_back(std::move(entry));
}

bool RoutingTable::key_allows(const Candidate& candidate, std::string_view upstream) const {
    const Deployment& deployment = deployments_[static_cast<std::size_t>(candidate.deployment)];
    return allows(deployment.lanes[static_cast<std::size_t>(candidate.lane_index)], upstream);
}

std::string_view RoutingTable::resolve_alias(std::string_view name) const {
    const auto alias = config_->aliases.find(std::string(name));
    return alias == config_->aliases.end() ? name : std::string_view(alias->second);
}

const ModelEntry* RoutingTable::find(std::string_view name) const {
    auto row = model_by_name_.find(resolve_alias(name));
    if (row == model_by_name_.end()) {
        const auto slash = name.find('/');
        if (slash == std::string_view::npos || slash + 1 == name.size()) return nullptr;
        row = model_by_name_.find(std::string(name.substr(0, slash)) + "/*");
    }
    return row == model_by_name_.end() ? nullptr : &models_[static_cast<std::size_t>(row->second)];
}

std::vector<std::string> RoutingTable::listed_names() const {
    std::vector<std::string> names;
    for (const ModelEntry& model : models_) {
        if (!model.implicit) names.push_back(model.name);
    }
    for (const auto& [alias, target] : config_->aliases) names.push_back(alias);
    return names;
}

}  // namespace signalbox::core
