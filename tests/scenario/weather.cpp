#include "tests/scenario/weather.h"

#include <array>

#include <fmt/format.h>

#include "engine/replay/bodies.h"

namespace signalbox::replay {
namespace {

constexpr std::string_view rock = "rock";
const std::string redirected = "m1";
constexpr std::array account_names = {"rich", "poor", "slow"};
constexpr std::int64_t dollar = 1'000'000;  // micro-dollars

core::ProviderConfig provider_named(std::string name, int keys) {
    core::ProviderConfig provider;
    provider.name = std::move(name);
    for (int i = 1; i <= keys; ++i) {
        provider.keys.push_back({fmt::format("k{}", i), fmt::format("sk-k{}", i), 1, {}, {}, {}});
    }
    return provider;
}

}  // namespace

int Weather::between(int least, int most) {
    return least + static_cast<int>(below(prng_.next(), static_cast<std::uint64_t>(most - least + 1)));
}

Setup Weather::fleet() {
    Setup setup;
    core::DefaultsConfig& defaults = setup.config.defaults;
    defaults.attempts = between(2, 6);
    defaults.same_target_retries = between(0, 2);
    defaults.queue.per_model = between(1, 8);
    defaults.queue.wait = between(1, 20) * 1s;
    defaults.deadlines = {1s, between(3, 8) * 1s, between(2, 5) * 1s, between(2, 5) * 1s, between(30, 60) * 1s};
    setup.config.accounts = accounts();
    const int providers = between(2, 4);
    const int models = between(2, 4);
    for (int i = 1; i <= providers; ++i) {
        setup.config.providers.push_back(provider_named(fmt::format("p{}", i), between(1, 3)));
        sim::ProviderScript& script = setup.scripts[setup.config.providers.back().name];
        script.first_token = between(20, 800) * 1ms;
        script.tokens_per_second = between(20, 200);
        script.tokens_min = 1;
        script.tokens_max = between(2, 20);
        script.slots = between(1, 16);
    }
    setup.config.providers.push_back(provider_named(std::string(rock), 1));
    setup.scripts[std::string(rock)] = {.first_token = 100ms, .tokens_min = 3, .tokens_max = 3, .slots = 1000};
    for (int i = 1; i <= models; ++i) setup.config.models.push_back(model(i, models, providers));
    core::ModelConfig last;
    last.name = rock;
    core::DeploymentConfig stone;
    stone.provider = rock;
    stone.model = "stone";
    last.deployments.push_back(std::move(stone));
    last.deadlines = defaults.deadlines;
    setup.config.models.push_back(std::move(last));
    for (core::ModelConfig& each : setup.config.models) each.deadlines = defaults.deadlines;
    for (core::ModelConfig& each : setup.config.models) {
        each.hedge = {one_in(2), any_of({"200ms", "1s", "p50", "p90"}), any_of({0.05, 0.3, 1.0})};
    }
    defaults.midstream = static_cast<core::Midstream>(between(0, static_cast<int>(core::Midstream::hold)));
    return setup;
}

// One without limits, one that is always short of money, one that is short of tokens.
std::vector<core::AccountConfig> Weather::accounts() {
    std::vector<core::AccountConfig> all(3);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].name = account_names[i];
        all[i].key = secret_of(all[i].name);
        all[i].tier = "service";
    }
    all[1].budget = MicroUsd{between(1, 50) * 100};
    all[1].budget_per = between(1, 3) * 60s;
    all[2].output_tpm = between(50, 500);
    all[2].rpm = between(5, 60);
    return all;
}

core::ModelConfig Weather::model(int index, int models, int providers) {
    core::ModelConfig model;
    model.name = fmt::format("m{}", index);
    using enum core::Strategy;
    model.strategy = any_of({latency, weighted, least_busy, headroom, cost});
    for (int i = 1; i <= between(1, 3); ++i) {
        core::DeploymentConfig deployment;
        deployment.provider = fmt::format("p{}", between(1, providers));
        deployment.model = fmt::format("x{}.{}", index, i);
        deployment.order = between(1, 2);
        if (one_in(3)) deployment.max_in_flight = between(1, 4);
        if (one_in(2)) deployment.price = {{dollar * between(1, 9)}, {dollar * between(1, 9)}, {dollar}};
        model.deployments.push_back(std::move(deployment));
    }
    for (int i = index + 1; i <= models; ++i) {
        if (one_in(2)) model.fallbacks.push_back(fmt::format("m{}", i));
    }
    model.fallbacks.emplace_back(rock);
    return model;
}

std::string Weather::any_model(const Rig& rig) {
    const auto& models = rig.router.rules().table->config().models;
    return models[static_cast<std::size_t>(between(0, static_cast<int>(models.size()) - 1))].name;
}

std::string Weather::any_provider(const Rig& rig) {
    const auto& providers = rig.router.rules().table->config().providers;
    return providers[static_cast<std::size_t>(between(0, static_cast<int>(providers.size()) - 2))].name;
}

void Weather::strike(Rig& rig) {
    const std::string name = any_provider(rig);
    sim::ProviderScript script = rig.provider(name).script();
    switch (between(0, 7)) {
        case 0:
            rig.kill(name);
            break;
        case 1:
            rig.restore(name);
            break;
        case 2:
            strike_link(rig, name);
            break;
        case 3:
            rig.network.reset(rig.address(name));
            break;
        case 4:
            rig.network.half_close(rig.address(name));
            break;
        case 5:
            strike_redirect(rig);
            break;
        case 6:
            script.refused_key = any_of({"", "sk-k1", "sk-k2"});
            break;
        default:
            script.fault = static_cast<sim::ProviderFault>(between(0, static_cast<int>(sim::ProviderFault::status)));
            script.share = any_of({0.3, 1.0});
            script.status = any_of({400, 402, 408, 418, 500, 502, 504, 529});
            script.retry_after = between(0, 30) * 1s;
            script.tokens_before_fault = between(0, 5);
    }
    rig.provider(name).set_script(std::move(script));
}

void Weather::strike_redirect(Rig& rig) {
    rig.end_redirects(redirected);
    if (one_in(2)) return;
    core::ActiveOverride row;
    row.from = redirected;
    row.to = "m2";
    row.share_percent = between(1, 100);
    row.expires = rig.loop.now() + between(1, 30) * 1s;
    rig.redirect(std::move(row));
}

void Weather::strike_link(Rig& rig, const std::string& provider) {
    sim::Link link;
    link.delay = between(0, 200) * 1ms;
    link.partial_reads = one_in(3);
    link.stalled = one_in(4);
    using enum sim::ConnectFault;
    link.connect = any_of({none, none, refused, hang, dns_failure, tls_failure});
    rig.network.set_link(rig.address(provider), link);
}

void Weather::clear(Rig& rig) {
    for (const core::ProviderConfig& provider : rig.router.rules().table->config().providers) {
        sim::ProviderScript script = rig.provider(provider.name).script();
        script.fault = sim::ProviderFault::none;
        script.refused_key.clear();
        rig.provider(provider.name).set_script(std::move(script));
        rig.network.set_link(rig.address(provider.name), {});
        rig.restore(provider.name);
    }
    rig.end_redirects(redirected);
}

void Weather::visit(Rig& rig) {
    Ask ask{.name = fmt::format("visit.{}", ++visits_)};
    sim::ClientRequest request;
    RequestText body;
    body.model = any_model(rig);
    body.stream = !one_in(3);
    body.tokens = between(0, 15);
    request.body = body_of(core::Shape::chat, body);
    request.patience = 120s;
    if (one_in(2)) {
        const std::string name = account_names[static_cast<std::size_t>(between(0, 2))];
        request.headers.emplace_back("authorization", "Bearer " + secret_of(name));
    }
    if (one_in(6)) request.vanish_at = between(0, 3000) * 1ms;
    if (one_in(8)) request.read_pause = between(1, 300) * 1ms;
    if (one_in(8)) ask.deadline = between(1, 10000) * 1ms;
    rig.ask(std::move(ask), std::move(request), between(0, 999) * 1ms);
}

}  // namespace signalbox::replay
