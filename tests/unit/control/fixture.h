// A small gateway's configuration and a store, for the tests of this folder.
#pragma once

#include <memory>
#include <string>

#include "engine/core/config/config.h"

namespace signalbox::control {

// Models a and b (chat; a falls back to b) and vector (embedding), each on the provider "sim" with keys k1 and k2;
// "fast" stands for a; accounts ci (all models) and web (b only).
inline core::Config small_config() {
    core::Config config;
    core::ProviderConfig sim;
    sim.name = "sim";
    sim.kind = core::ProviderKind::simulated;
    core::KeyConfig first, second;
    first.name = "k1";
    second.name = "k2";
    sim.keys = {first, second};
    config.providers.push_back(sim);
    const auto add = [&](const std::string& name, core::Shape shape) -> core::ModelConfig& {
        core::ModelConfig model;
        model.name = name;
        model.shape = shape;
        core::DeploymentConfig deployment;
        deployment.provider = "sim";
        deployment.model = "up-" + name;
        model.deployments.push_back(deployment);
        return config.models.emplace_back(model);
    };
    add("a", core::Shape::chat).fallbacks = {"b"};
    add("b", core::Shape::chat);
    add("vector", core::Shape::embedding);
    config.aliases = {{"fast", "a"}};
    core::AccountConfig ci, web;
    ci.name = "ci";
    ci.key = "ci-key";
    web.name = "web";
    web.key = "web-key";
    web.models = {"b"};
    config.accounts = {ci, web};
    return config;
}

}  // namespace signalbox::control
