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

inline Config only(std::vector<DeploymentConfig> deployments, Strategy strategy = Strategy::latency) {
    Config config = small_config();
    config.models[0].deployments = std::move(deployments);
    config.models[0].strategy = strategy;
    config.models[0].fallbacks.clear();
    return config;
}

inline AttemptOutcome outcome(ErrorCode code, std::int64_t first_token_us, Nanos cool_for = {}) {
    AttemptOutcome out;
    out.note = {code, 0, "id", false};
    out.first_token_us = first_token_us;
    out.total_us = first_token_us;
    out.cool_for = cool_for;
    return out;
}

struct RoutingFixture {
    explicit RoutingFixture(Config config = small_config())
        : table(std::make_shared<const RoutingTable>(std::make_shared<const Config>(std::move(config)), names)),
          fleet(table->config().defaults) {
        fleet.adopt(*table, names, now);
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
    [[nodiscard]] std::string lane_name(const Decision& decision) const {
        return names.lanes.name(decision.chosen.lane);
    }
    LaneId lane(const std::string& name) { return names.lanes.id_of(name); }
    void fail(LaneId id, ErrorCode code, int times) {
        const auto plan = *plan_for("main");
        for (int i = 0; i < times; ++i) take_and_release(id, code);
    }
    // Puts one outcome on a lane without going through a decision for it.
    void take_and_release(LaneId id, ErrorCode code) {
        for (std::uint64_t draw = 0;; ++draw) {
            Plan plan = *plan_for(names.lanes.name(id).substr(0, names.lanes.name(id).find('#')));
            const Decision d = decide(plan, {}, draw);
            if (d.kind != Choice::Kind::go) return;
            if (d.chosen.lane == id) {
                fleet.release(d.place, outcome(code, 1000), now, std::uint64_t{1} << 63);
                return;
            }
            fleet.release_unused(d.place, now);
        }
    }

    Instant now{1h};
    Registries names;
    RoutingTablePtr table;
    OverrideTable overrides;
    Fleet fleet;
};

inline DeploymentId deployment_id(RoutingFixture& f, const std::string& name) {
    return f.names.deployments.id_of(name);
}

}  // namespace signalbox::core
