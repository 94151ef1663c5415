#include "engine/core/config/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "engine/core/config/demo.h"

namespace signalbox::core {
namespace {

struct Case {
    const char* field;  // the one that must be named
    std::function<void(Config&)> spoil;
};

// A valid configuration with every section in use.
Config sound() {
    Config config = demo_config();
    ProviderConfig openai;
    openai.name = "openai";
    openai.base_url = "https://api.openai.com/v1";
    openai.keys = {{.name = "a", .value = "x", .weight = 1, .rpm = 1, .tpm = 1, .models = {}},
                   {.name = "b", .value = "y", .weight = 1, .rpm = {}, .tpm = {}, .models = {}}};
    config.providers.push_back(openai);
    config.control_tokens = {{"ops", Role::admin, "s1"}, {"view", Role::viewer, "s2"}};
    return config;
}

ProviderConfig& openai(Config& config) {
    return config.providers.back();
}

ProviderConfig& azure(Config& config) {
    ProviderConfig& provider = openai(config);
    provider.kind = ProviderKind::azure;
    provider.base_url = "https://r.openai.azure.com";
    return provider;
}

void expect_each_named(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        Config config = sound();
        one.spoil(config);
        const auto faults = validate(config);
        const bool named = std::ranges::any_of(faults, [&](const auto& fault) { return fault.field == one.field; });
        EXPECT_TRUE(named) << one.field << (faults.empty() ? "" : " but got " + to_string(faults[0]));
        EXPECT_LE(faults.size(), 2u) << one.field;
    }
}

TEST(Validate, SoundIsSound) {
    for (const auto& fault : validate(sound())) ADD_FAILURE() << to_string(fault);
    EXPECT_TRUE(validate(Config{}).empty());
}

// Only the chain of the model asked for is followed, so two models may stand in for each other.
TEST(Validate, ModelsMayStandInForEachOther) {
    Config config = sound();
    config.models[0].fallbacks = {config.models[2].name};
    config.models[2].fallbacks = {config.models[0].name};
    for (const auto& fault : validate(config)) ADD_FAILURE() << to_string(fault);
}

TEST(Validate, Gateway) {
    expect_each_named({
        {"gateway.listen", [](Config& c) { c.gateway.listen.host = "0.0.0.0"; }},
        {"gateway.listen", [](Config& c) { c.gateway.listen.host = "::", c.gateway.auth_required = true; }},
        {"gateway.control", [](Config& c) { c.gateway.control.host = "10.0.0.1"; }},
        {"gateway.control", [](Config& c) { c.gateway.control.port = c.gateway.listen.port; }},
        {"gateway.tls.key", [](Config& c) { c.gateway.tls.cert = "cert.pem"; }},
        {"gateway.tls.cert", [](Config& c) { c.gateway.tls.key = "key.pem"; }},
        {"gateway.tls.client_ca", [](Config& c) { c.gateway.tls.client_ca = "ca.pem"; }},
        {"gateway.auth", [](Config& c) { c.gateway.auth_required = true, c.accounts.clear(); }},
        {"gateway.threads", [](Config& c) { c.gateway.threads = -1; }},
        {"gateway.limits.body", [](Config& c) { c.gateway.body_max = 0; }},
        {"gateway.limits.header", [](Config& c) { c.gateway.header_max = -1; }},
        {"gateway.limits.connections", [](Config& c) { c.gateway.connections_max = 0; }},
        {"gateway.drain", [](Config& c) { c.gateway.drain = -1s; }},
    });
}

TEST(Validate, ReachIsFineWithAuthAndTls) {
    Config config = sound();
    config.gateway.listen.host = config.gateway.control.host = "0.0.0.0";
    config.gateway.auth_required = true;
    config.gateway.tls = {.cert = "cert.pem", .key = "key.pem", .client_ca = ""};
    EXPECT_TRUE(validate(config).empty());
    config.control_tokens.clear();
    EXPECT_EQ(validate(config).size(), 1u);
}

TEST(Validate, Providers) {
    expect_each_named({
        {"providers[5].name", [](Config& c) { openai(c).name.clear(); }},
        {"providers[5].name", [](Config& c) { openai(c).name = "meridian"; }},
        {"providers[5].name", [](Config& c) { openai(c).name = "a/b"; }},
        {"providers[5].name", [](Config& c) { openai(c).name = "a b"; }},
        {"providers[5].name", [](Config& c) { openai(c).name = std::string(300, 'n'); }},
        {"providers[5].base_url", [](Config& c) { openai(c).base_url.clear(); }},
        {"providers[5].base_url", [](Config& c) { openai(c).base_url = "ftp://host"; }},
        {"providers[5].proxy", [](Config& c) { openai(c).proxy = "socks5://host:1"; }},
        {"providers[5].headers.X-A", [](Config& c) { openai(c).headers["X-A"] = "a\r\nX-B: b"; }},
        {"providers[5].headers.X A", [](Config& c) { openai(c).headers["X A"] = "a"; }},
        {"providers[5].headers.Content-Length", [](Config& c) { openai(c).headers["Content-Length"] = "1"; }},
        {"providers[5].keys[1].name", [](Config& c) { openai(c).keys[1].name = "a"; }},
        {"providers[5].keys[1].value", [](Config& c) { openai(c).keys[1].value.clear(); }},
        {"providers[5].keys[0].value", [](Config& c) { openai(c).keys[0].value = "x\ny"; }},
        {"providers[5].keys[0].weight", [](Config& c) { openai(c).keys[0].weight = 0; }},
        {"providers[5].keys[0].rpm", [](Config& c) { openai(c).keys[0].rpm = 0; }},
        {"providers[5].keys[0].tpm", [](Config& c) { openai(c).keys[0].tpm = -1; }},
        {"providers[0].simulated.slots", [](Config& c) { c.providers[0].simulated.slots = 0; }},
        {"providers[0].simulated.fault.kind", [](Config& c) { c.providers[0].simulated.fault.kind = "gremlins"; }},
        {"providers[0].simulated.fault.share", [](Config& c) { c.providers[0].simulated.fault.share = 1.5; }},
    });
}

TEST(Validate, Models) {
    expect_each_named({
        {"models[0].name",
         [](Config& c) {
             c.models[0].name.clear();
             c.models[1].fallbacks.clear();
             c.aliases.clear();
         }},
        {"models[5].name", [](Config& c) { c.models[5].name = "sonata-large"; }},
        {"models[5].deployments", [](Config& c) { c.models[5].deployments.clear(); }},
        {"models[5].deployments[0].provider", [](Config& c) { c.models[5].deployments[0].provider = "cobolt"; }},
        {"models[5].deployments[0].provider", [](Config& c) { c.models[5].deployments[0].provider.clear(); }},
        {"models[5].deployments[0].model", [](Config& c) { c.models[5].deployments[0].model.clear(); }},
        {"models[5].deployments[1]", [](Config& c) { c.models[5].deployments[1] = c.models[5].deployments[0]; }},
        {"models[5].deployments[0].weight", [](Config& c) { c.models[5].deployments[0].weight = -1; }},
        {"models[5].deployments[0].order", [](Config& c) { c.models[5].deployments[0].order = -1; }},
        {"models[5].deployments[0].context", [](Config& c) { c.models[5].deployments[0].context = 0; }},
        {"models[5].deployments[0].price.image", [](Config& c) { c.models[5].deployments[0].price->image = {-1}; }},
        {"models[5].deployments[0].price.output", [](Config& c) { c.models[5].deployments[0].price->output = {-1}; }},
        {"models[5].deployments[0].max_in_flight", [](Config& c) { c.models[5].deployments[0].max_in_flight = 0; }},
        {"models[5].deployments[0].retires", [](Config& c) { c.models[5].deployments[0].retires = "soon"; }},
        {"models[0].deployments[0].provider",
         [](Config& c) {
             openai(c).kind = ProviderKind::bfl;
             c.models[0].deployments[0].provider = "openai";
         }},
        {"models[5].deadlines.first_token", [](Config& c) { c.models[5].deadlines.first_token = 601s; }},
        {"models[5].deadlines.connect", [](Config& c) { c.models[5].deadlines.connect = Nanos(0); }},
    });
}

TEST(Validate, AzureIsNamedByItsResource) {
    Config config = sound();
    azure(config).api_version = "2025-03-01-preview";
    EXPECT_TRUE(validate(config).empty());
    expect_each_named({
        {"providers[5].api_version", [](Config& c) { azure(c).api_version = "2024-10-21&x=y"; }},
        {"providers[5].api_version", [](Config& c) { openai(c).api_version = "2024-10-21"; }},
        {"providers[5].base_url", [](Config& c) { azure(c).base_url += "/openai/deployments/gpt-4o"; }},
    });
}

TEST(Validate, ChainsAndAliases) {
    expect_each_named({
        {"models[2].fallbacks[0]", [](Config& c) { c.models[2].fallbacks = {"no-such-model"}; }},
        {"models[2].fallbacks[0]", [](Config& c) { c.models[2].fallbacks = {"ballad-medium"}; }},
        {"models[2].fallbacks[1]", [](Config& c) { c.models[2].fallbacks = {"etude-small", "etude-small"}; }},
        {"models[2].fallbacks[0]", [](Config& c) { c.models[2].fallbacks = {"fresco-image"}; }},
        {"models[2].context_fallbacks[0]", [](Config& c) { c.models[2].context_fallbacks = {"gone"}; }},
        {"defaults.fallbacks[0]", [](Config& c) { c.defaults.fallbacks = {"gone"}; }},
        {"aliases.best", [](Config& c) { c.aliases["best"] = "gone"; }},
        {"aliases.best", [](Config& c) { c.aliases["best"] = "fast"; }},
        {"aliases.motif-embed", [](Config& c) { c.aliases["motif-embed"] = "sonata-large"; }},
    });
}

TEST(Validate, AProviderModelNeedsNoEntry) {
    Config config = sound();
    config.models[2].fallbacks = {"openai/gpt-5.4-mini"};
    config.aliases["mini"] = "openai/gpt-5.4-mini";
    EXPECT_TRUE(validate(config).empty());
}

TEST(Validate, AVeryLongChainEnds) {
    Config config = sound();
    for (int i = 0; i < 20'000; ++i) {
        ModelConfig link = config.models[0];
        link.name = "link-" + std::to_string(i);
        link.fallbacks = {i + 1 < 20'000 ? "link-" + std::to_string(i + 1) : "etude-small"};
        config.models.push_back(link);
    }
    EXPECT_TRUE(validate(config).empty());
}

TEST(Validate, Defaults) {
    expect_each_named({
        {"defaults.attempts", [](Config& c) { c.defaults.attempts = 0; }},
        {"defaults.attempts", [](Config& c) { c.defaults.attempts = 17; }},
        {"defaults.same_target_retries", [](Config& c) { c.defaults.same_target_retries = -1; }},
        {"defaults.backoff.max", [](Config& c) { c.defaults.backoff.max = 1ms; }},
        {"defaults.backoff.jitter", [](Config& c) { c.defaults.backoff.jitter = 2; }},
        {"defaults.deadlines.idle", [](Config& c) { c.defaults.deadlines.idle = 2h; }},
        {"defaults.health.window", [](Config& c) { c.defaults.health.window = 5; }},
        {"defaults.health.failure_rate", [](Config& c) { c.defaults.health.failure_rate = 0; }},
        {"defaults.health.open_max", [](Config& c) { c.defaults.health.open_max = 1s; }},
        {"defaults.ramp.growth", [](Config& c) { c.defaults.ramp.growth = 0; }},
        {"defaults.queue.wait", [](Config& c) { c.defaults.queue.wait = -1s; }},
        {"defaults.hedge.after", [](Config& c) { c.defaults.hedge.after = "p100"; }},
        {"defaults.hedge.after", [](Config& c) { c.defaults.hedge.after = "0"; }},
        {"defaults.hedge.budget", [](Config& c) { c.defaults.hedge.budget = 2; }},
        {"models[0].hedge.after", [](Config& c) { c.models[0].hedge.after = "soon"; }},
        {"defaults.cache.max", [](Config& c) { c.defaults.cache.max = 0; }},
        {"models[0].cache.ttl", [](Config& c) { c.models[0].cache.ttl = 0s; }},
    });
}

TEST(Validate, AccessAndSurroundings) {
    expect_each_named({
        {"accounts[1].name", [](Config& c) { c.accounts[1].name = "web"; }},
        {"accounts[1].key", [](Config& c) { c.accounts[1].key = c.accounts[0].key; }},
        {"accounts[1].key", [](Config& c) { c.accounts[1].key.clear(); }},
        {"accounts[1].tier", [](Config& c) { c.accounts[1].tier = "gold"; }},
        {"accounts[1].priority", [](Config& c) { c.accounts[1].priority = "urgent"; }},
        {"accounts[1].rpm", [](Config& c) { c.accounts[1].rpm = 0; }},
        {"accounts[1].input_tpm", [](Config& c) { c.accounts[1].input_tpm = -5; }},
        {"accounts[1].output_burst", [](Config& c) { c.accounts[1].output_burst = 2'000'000'000'000; }},
        {"accounts[1].budget.usd", [](Config& c) { c.accounts[1].budget = MicroUsd{0}; }},
        {"accounts[1].budget.per", [](Config& c) { c.accounts[1].budget_per = 1s; }},
        {"accounts[1].tags.a=b", [](Config& c) { c.accounts[1].tags["a=b"] = "c"; }},
        {"control_tokens[1].name", [](Config& c) { c.control_tokens[1].name = "ops"; }},
        {"control_tokens[1].value", [](Config& c) { c.control_tokens[1].value = "s1"; }},
        {"control_tokens[0].value", [](Config& c) { c.control_tokens[0].value.clear(); }},
        {"history.bodies", [](Config& c) { c.history.bodies = "some"; }},
        {"history.retain", [](Config& c) { c.history.retain = Nanos(0); }},
        {"alerts.webhook", [](Config& c) { c.alerts_webhook = "slack"; }},
        {"otlp.endpoint", [](Config& c) { c.otlp_endpoint = "localhost:4318"; }},
        {"fleet.redis", [](Config& c) { c.fleet_redis = "http://x"; }},
        {"fleet.postgres", [](Config& c) { c.fleet_postgres = "mysql://x"; }},
    });
}

TEST(Validate, NoFaultRepeatsASecret) {
    Config config = sound();
    openai(config).keys[0].value = "hush\n";
    config.accounts[0].key = config.accounts[1].key = "hush";
    config.alerts_webhook = config.fleet_redis = "hush";
    for (const auto& fault : validate(config)) EXPECT_EQ(to_string(fault).find("hush"), std::string::npos);
}

TEST(Fault, OneLine) {
    EXPECT_EQ(to_string(ConfigFault{"a.yaml", 3, "models[0].name", "is missing", "write one"}),
              "a.yaml:3: models[0].name: is missing; write one");
    EXPECT_EQ(to_string(ConfigFault{"a.yaml", 0, "", "is not a file", ""}), "a.yaml: is not a file");
}

}  // namespace
}  // namespace signalbox::core
