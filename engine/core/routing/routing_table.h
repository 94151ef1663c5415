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

// A lane is what health and load are kept for: one deployment called with one key. All ids are dense, survive reloads
// and are never given to another name, so a late release cannot hit a stranger's counters.
using LaneId = int;
using DeploymentId = int;
using KeyId = int;
using PoolId = int;

// Gives the same id to the same name for the life of the process.
class NameRegistry {
  public:
    [[nodiscard]] int id_of(const std::string& name);
    [[nodiscard]] int size() const { return static_cast<int>(names_.size()); }
    [[nodiscard]] const std::string& name(int id) const { return names_[static_cast<std::size_t>(id)]; }

  private:
    std::map<std::string, int, std::less<>> ids_;
    std::vector<std::string> names_;
};

struct Registries {
    NameRegistry lanes;        // "provider/model#key", or "provider/model" where there are no keys
    NameRegistry deployments;  // "provider/model"
    NameRegistry keys;         // "provider#key"
    NameRegistry pools;        // model entries
};

struct Lane {
    LaneId id = 0;
    KeyId key_id = -1;  // -1: called without one
    int key = -1;       // index into the provider's keys
    double weight = 1;
    std::vector<std::string> only_models;  // globs of the key; empty: all
};

// One upstream model at one provider, for requests of one shape.
struct Deployment {
    std::string name;      // "provider/upstream-model", or "provider/*" for names without an entry
    int provider = 0;      // index into config.providers
    std::string upstream;  // empty for "provider/*": the request says
    DeploymentConfig limits;
    std::vector<Lane> lanes;
    DeploymentId id = 0;
    Shape shape = Shape::chat;
    bool far = false;  // in another zone than this gateway
};

struct Target {
    int deployment = 0;
    double weight = 1;
    int order = 1;
};

// What a decision walks: one row for each lane of each target, with all that does not change between reloads.
struct Candidate {
    LaneId lane = 0;
    KeyId key_id = -1;
    DeploymentId deployment_id = 0;
    int deployment = 0;  // index in the table
    int lane_index = 0;  // within the deployment
    int order = 1;
    double weight = 1;         // of the target and the key
    double price = 0;          // micro-dollars per million tokens, in and out together
    std::int64_t context = 0;  // tokens; the largest number where none is known
    bool far = false;
    bool key_allowed = true;  // the key may be used for this model
    bool ask_key = false;     // only the request's own model name can tell
};

struct ModelEntry {
    std::string name;
    Shape shape = Shape::chat;
    Strategy strategy = Strategy::latency;
    std::vector<Target> targets;        // ascending `order`
    std::vector<Candidate> candidates;  // of all targets, in their order
    std::vector<std::string> fallbacks, context_fallbacks;
    Deadlines deadlines;
    HedgeConfig hedge;
    CacheRule cache;
    bool implicit = false;  // reachable as provider/model, not listed
    int index = 0;          // position in models()
    PoolId pool = 0;
};

class RoutingTable {
  public:
    // Precondition: `config` has passed validate().
    RoutingTable(ConfigPtr config, Registries& registries);

    [[nodiscard]] const Config& config() const { return *config_; }
    [[nodiscard]] const std::vector<ModelEntry>& models() const { return models_; }  // implicit ones last
    [[nodiscard]] const std::vector<Deployment>& deployments() const { return deployments_; }
    // By name or alias; nullptr when there is none. "provider/anything" finds the provider's open entry.
    [[nodiscard]] const ModelEntry* find(std::string_view name) const;
    // May the candidate's key be used for this upstream model?
    [[nodiscard]] bool key_allows(const Candidate& candidate, std::string_view upstream) const;
    // What `name` stands for: an alias's target, otherwise itself.
    [[nodiscard]] std::string_view resolve_alias(std::string_view name) const;
    // Names a client may ask for: listed models and aliases.
    [[nodiscard]] std::vector<std::string> listed_names() const;

  private:
    int deployment_for(const DeploymentConfig& config, Shape shape, Registries& registries);
    void add_implicit_models(Registries& registries);
    void add_candidates(ModelEntry& entry) const;
    void add_model(ModelEntry entry, Registries& registries);

    ConfigPtr config_;
    std::vector<Deployment> deployments_;
    std::vector<ModelEntry> models_;
    std::map<std::string, int, std::less<>> model_by_name_;
    std::map<std::string, int, std::less<>> deployment_by_name_;
};
using RoutingTablePtr = std::shared_ptr<const RoutingTable>;

}  // namespace signalbox::core
