// The configuration compiled for deciding: names resolved to indices once, immutable afterwards, swapped whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/config/config.h"

namespace signalbox::core {

// A lane is what health and load are kept for: one deployment called with one key. Ids are dense and survive reloads.
using LaneId = int;

// Gives the same id to the same lane name for the life of the process.
class LaneRegistry {
  public:
    [[nodiscard]] LaneId id_of(const std::string& lane_name);
    [[nodiscard]] int size() const { return static_cast<int>(names_.size()); }
    [[nodiscard]] const std::string& name(LaneId id) const { return names_[static_cast<std::size_t>(id)]; }

  private:
    std::map<std::string, LaneId, std::less<>> ids_;
    std::vector<std::string> names_;
};

struct Lane {
    LaneId id = 0;
    int key = -1;  // index into the provider's keys; -1: called without one
    double weight = 1;
    std::vector<std::string> only_models;  // globs of the key; empty: all
};

// One upstream model at one provider.
struct Deployment {
    std::string name;      // "provider/upstream-model", or "provider/*" for names without an entry
    int provider = 0;      // index into config.providers
    std::string upstream;  // empty for "provider/*": the request says
    DeploymentConfig limits;
    std::vector<Lane> lanes;
};

struct Target {
    int deployment = 0;
    double weight = 1;
    int order = 1;
};

struct ModelEntry {
    std::string name;
    Shape shape = Shape::chat;
    Strategy strategy = Strategy::latency;
    std::vector<Target> targets;  // ascending `order`
    std::vector<std::string> fallbacks, context_fallbacks;
    Deadlines deadlines;
    bool implicit = false;  // reachable as provider/model, not listed
    int index = 0;          // position in models()
};

class RoutingTable {
  public:
    // Precondition: `config` has passed validate().
    RoutingTable(ConfigPtr config, LaneRegistry& registry);

    [[nodiscard]] const Config& config() const { return *config_; }
    [[nodiscard]] const std::vector<ModelEntry>& models() const { return models_; }  // implicit ones last
    [[nodiscard]] const std::vector<Deployment>& deployments() const { return deployments_; }
    // By name or alias; nullptr when there is none. "provider/anything" finds the provider's open entry.
    [[nodiscard]] const ModelEntry* find(std::string_view name) const;
    // What `name` stands for: an alias's target, otherwise itself.
    [[nodiscard]] std::string_view resolve_alias(std::string_view name) const;
    // Names a client may ask for: listed models and aliases.
    [[nodiscard]] std::vector<std::string> listed_names() const;

  private:
    int deployment_for(const DeploymentConfig& config, LaneRegistry& registry);
    void add_model(ModelEntry entry);

    ConfigPtr config_;
    std::vector<Deployment> deployments_;
    std::vector<ModelEntry> models_;
    std::map<std::string, int, std::less<>> model_by_name_;
    std::map<std::string, int, std::less<>> deployment_by_name_;
};
using RoutingTablePtr = std::shared_ptr<const RoutingTable>;

}  // namespace signalbox::core
