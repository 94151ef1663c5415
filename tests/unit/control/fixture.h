// A small gateway's configuration and a store, for the tests of this folder.
#pragma once

#include <memory>
#include <string>

#include "engine/core/config/config.h"
#include "engine/flow/router.h"

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

// One request for `model` that ends with `code` at the first place it is given; the lane it took, or -1: none was free.
inline core::LaneId send_one(flow::Router& router, const std::string& model, ErrorCode code, Moment at,
                             std::string_view account = {}) {
    const auto rules = router.rules();
    core::PlanRequest asked;
    asked.model = model;
    asked.shape = rules.table->find(model)->shape;
    asked.no_fallback = true;
    const auto plan = core::make_plan(rules.table, *rules.overrides, asked, at.now);
    core::Admission::Description wanted;
    wanted.account = account;
    wanted.model = model;
    auto entry = router.enter(wanted, at.now);
    core::DecideInput input{.plan = *plan, .tried = {}};
    input.now = at.now;
    input.probe_lease = 60s;
    flow::QueuePlace place;
    core::Decision decision;
    auto reservation = router.decide(input, place, entry, at.wall, decision);
    if (!reservation.held()) return -1;
    const core::LaneId lane = reservation.lane();
    core::AttemptOutcome outcome;
    const bool ok = code == ErrorCode::ok;
    outcome.note = {
        .code = code, .status = ok ? 200 : 404, .request_id = "01J00000000000000000000001", .began = at.now};
    if (ok) outcome.first_token_us = 1000;
    reservation.settle(outcome, {}, at.now, 0);
    entry.leave({.answered = ok, .upstream_calls = 1}, at.now);
    return lane;
}

}  // namespace signalbox::control
