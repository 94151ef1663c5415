#include "engine/control/target_names.h"

#include <gtest/gtest.h>

#include "tests/unit/control/fixture.h"

namespace signalbox::control {
namespace {

// Beside the small fleet: "sim/up" (a prefix of the others), a model with a '#' in its name, and a provider without
// keys.
core::Config odd_config() {
    core::Config config = small_config();
    core::ProviderConfig bare;
    bare.name = "bare";
    bare.kind = core::ProviderKind::simulated;
    config.providers.push_back(bare);
    const auto add = [&](const std::string& name, const std::string& provider, const std::string& upstream) {
        core::ModelConfig model = config.models[0];
        model.name = name;
        model.fallbacks.clear();
        model.deployments[0].provider = provider;
        model.deployments[0].model = upstream;
        config.models.push_back(model);
    };
    add("short", "sim", "up");
    add("hash", "sim", "c#4");
    add("local", "bare", "llama");
    return config;
}

class TargetNamesTest : public testing::Test {
  protected:
    [[nodiscard]] std::vector<std::string> lanes(std::string_view name) const {
        std::vector<std::string> out;
        const auto found = find_target(name, table_);
        if (!found) return {std::string(to_string(found.error().code))};
        for (const core::Lane* lane : found->lanes) out.push_back(names_.lanes.name(lane->id));
        return out;
    }
    core::Registries names_;
    core::RoutingTable table_{std::make_shared<core::Config>(odd_config()), names_};
};

using Names = std::vector<std::string>;

TEST_F(TargetNamesTest, ADeploymentIsAllItsKeysAndAKeyIsOne) {
    EXPECT_EQ(lanes("sim/up-a"), (Names{"sim/up-a#k1", "sim/up-a#k2"}));
    EXPECT_EQ(lanes("sim/up-a#k2"), Names{"sim/up-a#k2"});
    EXPECT_EQ(lanes("sim/up"), (Names{"sim/up#k1", "sim/up#k2"})) << "not its longer namesakes";
    EXPECT_EQ(lanes("sim/up#k1"), Names{"sim/up#k1"});
    EXPECT_EQ(lanes("sim/c#4"), (Names{"sim/c#4#k1", "sim/c#4#k2"})) << "a model may have a # in its name";
    EXPECT_EQ(lanes("sim/c#4#k1"), Names{"sim/c#4#k1"});
    EXPECT_EQ(lanes("bare/llama"), Names{"bare/llama"});
    EXPECT_EQ(lanes("sim/*"), (Names{"sim/*#k1", "sim/*#k2"}));
}

TEST_F(TargetNamesTest, WhatDoesNotExistIsNotFound) {
    for (const auto* name : {"", "#", "#k1", "/", "a", "sim", "sim/", "sim/up-", "sim/up-a#", "sim/up-a#k3",
                             "sim/up-a#k1#k1", "bare/llama#k1", "SIM/up-a"}) {
        EXPECT_EQ(lanes(name), Names{"not_found"}) << name;
    }
    EXPECT_EQ(find_target(std::string(100'000, 'x'), table_).error().code, ErrorCode::not_found);
}

TEST_F(TargetNamesTest, TheNearestNamesAreSuggested) {
    EXPECT_NE(find_target("sim/up-a#k3", table_).error().detail.find("sim/up-a#k1"), std::string::npos);
    EXPECT_NE(find_target("smi/up-vector", table_).error().detail.find("sim/up-vector"), std::string::npos);
    EXPECT_NE(find_target("zzzzzzzzzzzzz", table_).error().detail.find("provider/upstream-model"), std::string::npos)
        << "nothing is near: how to write one";
}

TEST_F(TargetNamesTest, SomeActsConcernAWholeDeployment) {
    EXPECT_EQ(find_deployment("sim/up-a", table_)->deployment->name, "sim/up-a");
    EXPECT_EQ(find_deployment("bare/llama", table_)->lanes.size(), 1U);
    EXPECT_EQ(find_deployment("sim/up-a#k1", table_).error().code, ErrorCode::invalid_argument);
    const auto unknown = find_deployment("sim/up-x", table_).error();
    EXPECT_EQ(unknown.code, ErrorCode::not_found);
    EXPECT_EQ(unknown.detail.find('#'), std::string::npos) << "no keys are suggested";
}

}  // namespace
}  // namespace signalbox::control
