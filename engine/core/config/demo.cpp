#include "engine/core/config/demo.h"

#include <initializer_list>
#include <utility>

namespace signalbox::core {
namespace {

struct Machine {
    Nanos first_token;
    double tokens_per_second;
    int slots;
    std::int64_t memory_gib;
    std::int64_t kv_bytes_per_token;
};

ProviderConfig provider(std::string name, std::string zone, const Machine& machine, SimulatedFault fault = {}) {
    ProviderConfig provider;
    provider.name = std::move(name);
    provider.kind = ProviderKind::simulated;
    provider.zone = std::move(zone);
    provider.simulated.first_token = machine.first_token;
    provider.simulated.tokens_per_second = machine.tokens_per_second;
    provider.simulated.slots = machine.slots;
    provider.simulated.memory = machine.memory_gib << 30;
    provider.simulated.kv_bytes_per_token = machine.kv_bytes_per_token;
    provider.simulated.fault = std::move(fault);
    return provider;
}

// Context in tokens; prices in micro-dollars per million tokens.
DeploymentConfig deployment(std::string provider, std::string model, std::int64_t context, Price price, int order = 1) {
    DeploymentConfig deployment;
    deployment.provider = std::move(provider);
    deployment.model = std::move(model);
    deployment.order = order;
    deployment.context = context;
    deployment.price = price;
    deployment.max_in_flight = 64;
    return deployment;
}

ModelConfig model(std::string name, Shape shape, std::vector<DeploymentConfig> deployments,
                  std::vector<std::string> fallbacks = {}) {
    ModelConfig model;
    model.name = std::move(name);
    model.shape = shape;
    model.deployments = std::move(deployments);
    model.fallbacks = std::move(fallbacks);
    return model;
}

AccountConfig account(std::string name, std::string tier, std::string priority,
                      std::map<std::string, std::string> tags) {
    AccountConfig account;
    account.tier = std::move(tier);
    account.priority = std::move(priority);
    account.key = "sb-demo-" + name;
    account.name = std::move(name);
    account.tags = std::move(tags);
    return account;
}

constexpr Price large{{3'000'000}, {15'000'000}, {300'000}};
constexpr Price medium{{800'000}, {4'000'000}, {80'000}};
constexpr Price small{{100'000}, {400'000}, {25'000}};
constexpr Price own_hardware{{0}, {0}, {0}};
constexpr Price embedding{{20'000}, {0}, {20'000}};
// More than what the demo's traffic spends in an hour.
constexpr MicroUsd ci_per_hour{2'500'000};
constexpr Price image{{5'000'000}, {40'000'000}, {5'000'000}};

}  // namespace

Config demo_config() {
    Config config;
    config.demo = true;
    config.providers = {
        provider("meridian", "us-east", {380ms, 75, 24, 160, 163'840}),
        provider("halden", "eu-west", {450ms, 62, 16, 112, 131'072}),
        provider("cobalt", "us-west", {300ms, 90, 16, 160, 163'840}, {"server_error", 0.5}),
        provider("atelier", "eu-west", {900ms, 40, 8, 48, 131'072}),
        provider("rack-7", "us-west", {250ms, 48, 6, 24, 65'536}),
    };
    config.models = {
        model("sonata-large", Shape::chat,
              {deployment("meridian", "sonata-large-2", 400'000, large),
               deployment("cobalt", "sonata-large-2", 400'000, large)},
              {"ballad-medium", "etude-small"}),
        model("fugue-reasoning", Shape::chat, {deployment("cobalt", "fugue-1", 200'000, large)},
              {"sonata-large", "ballad-medium"}),
        model("ballad-medium", Shape::chat,
              {deployment("halden", "ballad-medium", 200'000, medium),
               deployment("meridian", "ballad-medium", 200'000, medium)},
              {"etude-small"}),
        model("etude-small", Shape::chat,
              {deployment("rack-7", "etude-20b", 128'000, own_hardware),
               deployment("halden", "etude-small", 128'000, small, 2)}),
        model("motif-embed", Shape::embedding,
              {deployment("halden", "motif-embed-3", 8'192, embedding),
               deployment("meridian", "motif-embed-3", 8'192, embedding)}),
        model("fresco-image", Shape::image,
              {deployment("cobalt", "fresco-xl", 4'096, image), deployment("atelier", "fresco-xl", 4'096, image, 2)}),
    };
    config.aliases = {{"best", "sonata-large"}, {"fast", "etude-small"}};
    config.accounts = {
        account("web", "service", "high", {{"team", "product"}}),
        account("ci", "consumer", "low", {{"team", "build"}, {"pool", "ruby"}}),
    };
    config.accounts[1].budget = ci_per_hour;
    config.accounts[1].budget_per = 1h;
    return config;
}

}  // namespace signalbox::core
