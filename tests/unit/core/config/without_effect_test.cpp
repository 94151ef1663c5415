#include "engine/core/config/without_effect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/config/demo.h"

namespace signalbox::core {
namespace {

TEST(WithoutEffect, DefaultsAndTheDemoAreObeyedWhole) {
    EXPECT_TRUE(fields_without_effect(Config{}).empty());
    EXPECT_TRUE(fields_without_effect(demo_config()).empty());
}

TEST(WithoutEffect, NamesEveryFieldThatChangesNothingAndNoOther) {
    Config config;
    config.fleet_name = "obeyed";
    config.fleet_redis = "redis://somewhere";
    config.alerts_webhook = "https://hook";
    config.history.bodies = "all";
    config.defaults.attempts = 2;
    config.defaults.midstream = Midstream::resume;
    config.defaults.drop_params = false;
    config.defaults.cache.enabled = config.defaults.hedge.enabled = true;
    config.defaults.ramp.growth = 2;
    AccountConfig account;
    account.name = "ci";
    account.tier = "service";
    account.rpm = 5;
    account.budget = MicroUsd{1};
    config.accounts = {account};
    KeyConfig key;
    key.name = "k";
    key.tpm = 9;
    ProviderConfig provider;
    provider.name = "p";
    provider.keys = {key};
    provider.simulated.memory = 1;
    config.providers = {provider};
    DeploymentConfig deployment;
    deployment.provider = "p";
    deployment.model = "x";
    deployment.rpm = 3;
    deployment.context = 100;
    ModelConfig model;
    model.name = "m";
    model.deployments = {deployment};
    model.hedge.enabled = true;
    config.models = {model};

    auto found = fields_without_effect(config);
    std::ranges::sort(found);
    EXPECT_EQ(found, (std::vector<std::string>{"alerts.webhook", "fleet.redis", "history.bodies"}));
}

}  // namespace
}  // namespace signalbox::core
