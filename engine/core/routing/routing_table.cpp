#include "engine/core/routing/routing_table.h"

#include <algorithm>

#include "engine/base/check.h"

namespace signalbox::core {

LaneId LaneRegistry::id_of(const std::string& lane_name) {
    const auto [row, added] = ids_.try_emplace(lane_name, size());
    if (added) names_.push_back(lane_name);
    return row->second;
}

RoutingTable::RoutingTable(ConfigPtr config, LaneRegistry& registry) : config_(std::move(config)) {
    for (const ModelConfig& model : config_->models) {
        ModelEntry entry{model.name,     model.shape, model.strategy, {}, model.fallbacks, model.context_fallbacks,
                         model.deadlines};
        for (const DeploymentConfig& deployment : model.deployments) {
            const Target target{deployment_for(deployment, registry), deployment.weight, deployment.order};
            const auto place = std::ranges::upper_bound(entry.targets, target.order, {}, &Target::order);
            entry.targets.insert(place, target);
        }
        add_model(std::move(entry));
    }
    // provider/model for each deployment that stands somewhere, then provider/* for the rest.
    for (const ProviderConfig& provider : config_->providers) {
        DeploymentConfig any;
        any.provider = provider.name;
        deployment_for(any, registry);
    }
    for (std::size_t i = 0; i < deployments_.size(); ++i) {
        ModelEntry entry;
        entry.name = deployments_[i].name;
        entry.targets.push_back({static_cast<int>(i), 1, 1});
        entry.deadlines = config_->defaults.deadlines;
        entry.implicit = true;
        for (const ModelEntry& model : models_) {
            const bool uses = std::ranges::any_of(
                model.targets, [&](const Target& target) { return target.deployment == static_cast<int>(i); });
            if (!model.implicit && uses) entry.shape = model.shape;
        }
        add_model(std::move(entry));
    }
}

int RoutingTable::deployment_for(const DeploymentConfig& config, LaneRegistry& registry) {
    const std::string name = config.provider + "/" + (config.model.empty() ? "*" : config.model);
    const auto [row, added] = deployment_by_name_.try_emplace(name, static_cast<int>(deployments_.size()));
    if (!added) return row->second;
    const auto provider = std::ranges::find(config_->providers, config.provider, &ProviderConfig::name);
    SB_CHECK(provider != config_->providers.end());
    Deployment deployment{name, static_cast<int>(provider - config_->providers.begin()), config.model, config, {}};
    if (provider->keys.empty()) deployment.lanes.push_back({registry.id_of(name), -1, 1, {}});
    for (std::size_t k = 0; k < provider->keys.size(); ++k) {
        const KeyConfig& key = provider->keys[k];
        deployment.lanes.push_back(
            {registry.id_of(name + "#" + key.name), static_cast<int>(k), key.weight, key.models});
    }
    deployments_.push_back(std::move(deployment));
    return row->second;
}

void RoutingTable::add_model(ModelEntry entry) {
    entry.index = static_cast<int>(models_.size());
    if (model_by_name_.try_emplace(entry.name, entry.index).second) models_.push_back(std::move(entry));
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
