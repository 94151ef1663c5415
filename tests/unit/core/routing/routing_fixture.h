// A small fleet to decide over: model "main" at a (two keys) and b, falling back to "spare" at c.
#pragma once

#include "engine/core/routing/fleet.h"
#include "engine/core/routing/plan.h"

namespace signalbox::core {

inline DeploymentConfig deployment(std::string provider, std::string model) {
    DeploymentConfig d;
    d.provider = std::move(provider);
    d.model = std::move(model);
    return d;
}

inline Config small_config() {
    Config config;
    for (const char* name : {"a", "b", "c"}) {
        ProviderConfig provider;
        provider.name = name;
        provider.base_url = "http://127.0.0.1:1/v1";
        config.providers.push_back(provider);
    }
    config.providers[0].keys = {{"k1", "s1", 0.7, {}, {}, {}}, {"k2", "s2", 0.3, {}, {}, {}}};
    ModelConfig main;
    main.name = "main";
    main.deployments = {deployment("a", "m"), deployment("b", "m")};
    main.fallbacks = {"spare"};
    ModelConfig spare;
    spare.name = "spare";
    spare.deployments = {deployment("c", "s")};
    ModelConfig vectors;
    vectors.name = "vectors";
    vectors.shape = Shape::embedding;
    vectors.deployments = {deployment("c", "e")};
    config.models = {main, spare, vectors};
    config.aliases = {{"fast", "main"}};
    return config;
}

struct RoutingFixture {
    explicit RoutingFixture(Config config = small_config())
        : table(std::make_shared<const RoutingTable>(std::make_shared<const Config>(std::move(config)), registry)),
          fleet(table->config().defaults.health) {
        fleet.adopt(*table, registry.size());
    }
    Result<Plan> plan_for(std::string_view model, PlanRequest request = {}) {
        request.model = model;
        return make_plan(table, overrides, request, now);
    }
    Decision decide(const Plan& plan, std::span<const Tried> tried = {}, std::uint64_t draw = 1) {
        Decision out;
        fleet.decide({.plan = plan, .tried = tried, .now = now, .probe_lease = 60s, .draw = draw}, out);
        return out;
    }
    [[nodiscard]] std::string lane_name(const Decision& decision) const { return registry.name(decision.chosen.lane); }
    LaneId lane(const std::string& name) { return registry.id_of(name); }
    void fail(LaneId id, ErrorCode code, int times) {
        const auto plan = *plan_for("main");
        for (int i = 0; i < times; ++i) take_and_release(id, code);
    }
    // Puts one outcome on a lane without going through a decision for it.
    void take_and_release(LaneId id, ErrorCode code) {
        for (std::uint64_t draw = 0;; ++draw) {
            Plan plan = *plan_for(registry.name(id).substr(0, registry.name(id).find('#')));
            const Decision d = decide(plan, {}, draw);
            if (d.kind != Decision::Kind::go) return;
            if (d.chosen.lane == id) {
                fleet.release(id, {{code, 0, "id", d.probe}, 1000, {}}, now, std::uint64_t{1} << 63);
                return;
            }
            fleet.release_unused(d.chosen.lane, d.probe);
        }
    }

    LaneRegistry registry;
    RoutingTablePtr table;
    OverrideTable overrides;
    Fleet fleet;
    Instant now{1h};
};

}  // namespace signalbox::core
