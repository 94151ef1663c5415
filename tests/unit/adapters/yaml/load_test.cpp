#include "engine/adapters/yaml/load.h"

#include <gtest/gtest.h>

#include "tests/unit/adapters/yaml/fake_secrets.h"

namespace signalbox::adapters {
namespace {

using core::ConfigFaults;

ConfigFaults faults_of(std::string_view text, const FakeSecrets& secrets = {}) {
    auto loaded = load_config(text, "test.yaml", secrets);
    return loaded ? ConfigFaults{} : loaded.error();
}

// (line, field) of every fault, in order.
using Places = std::vector<std::pair<int, std::string>>;
Places places_of(std::string_view text, const FakeSecrets& secrets = {}) {
    Places places;
    for (const auto& fault : faults_of(text, secrets)) {
        EXPECT_EQ(fault.file, "test.yaml");
        EXPECT_FALSE(fault.problem.empty());
        places.emplace_back(fault.line, fault.field);
    }
    return places;
}

core::Config config_of(std::string_view text, const FakeSecrets& secrets = {}) {
    auto loaded = load_config(text, "test.yaml", secrets);
    if (loaded) return std::move(loaded->config);
    for (const auto& fault : loaded.error()) ADD_FAILURE() << to_string(fault);
    return {};
}

TEST(Load, NothingIsTheDefaults) {
    for (const char* text : {"", "# only a comment\n", "---\n", "version: 1\n", "gateway:\n"}) {
        const auto config = config_of(text);
        EXPECT_EQ(config.gateway.listen.port, 8080);
        EXPECT_EQ(config.revision, 1);
        EXPECT_FALSE(config.demo);
    }
}

TEST(Load, EverySectionArrives) {
    FakeSecrets secrets;
    secrets.variables = {{"KEY", "sk-1"}, {"HOST", "redis.internal"}, {"HOME", "/h"}};
    secrets.files = {{"/run/token", "t0k"}};
    const auto config = config_of(R"(
gateway:
  listen: "[::1]:9090"
  data_dir: ~/signalbox
  limits: { body: 8MiB, connections: 5 }
  drain: 5s
providers:
  - name: openai
    base_url: https://api.openai.com/v1/
    headers: { OpenAI-Organization: org-1 }
    keys: [{ name: a, value: env.KEY, weight: 0.7, rpm: 500, models: ["gpt-5*"] }]
  - { name: sim, kind: simulated, simulated: { first_token: 1s, memory: 1GiB, fault: { kind: cut, share: 5% } } }
models:
  - name: m
    shape: embedding
    strategy: cost
    deployments:
      - { provider: openai, model: x, price: { input: 0.25, output: 2.00, image: 0.04 }, retires: 2027-03-01 }
    deadlines: { first_token: 8s }
aliases: { fast: m }
defaults:
  deadlines: { idle: 10s }
  midstream: resume
  cache: { enabled: true, max: 1MiB }
accounts:
  - { name: ci, key: env.KEY, budget: { usd: 50, per: 7d }, tags: { team: ci } }
control_tokens: [{ name: ops, role: operator, value: "file:/run/token" }]
fleet: { redis: "redis://${HOST}:6379/${KEY}" }
)",
                                  secrets);
    EXPECT_EQ(config.gateway.listen.host, "::1");
    EXPECT_EQ(config.gateway.data_dir, "/h/signalbox");
    EXPECT_EQ(config.gateway.body_max, 8 << 20);
    ASSERT_EQ(config.providers.size(), 2u);
    EXPECT_EQ(config.providers[0].base_url, "https://api.openai.com/v1");
    EXPECT_EQ(config.providers[0].headers.at("OpenAI-Organization"), "org-1");
    EXPECT_EQ(config.providers[0].keys[0].value, "sk-1");
    EXPECT_EQ(config.providers[0].keys[0].rpm, 500);
    EXPECT_EQ(config.providers[0].keys[0].tpm, std::nullopt);
    EXPECT_EQ(config.providers[1].kind, core::ProviderKind::simulated);
    EXPECT_DOUBLE_EQ(config.providers[1].simulated.fault.share, 0.05);
    ASSERT_EQ(config.models.size(), 1u);
    EXPECT_EQ(config.models[0].shape, core::Shape::embedding);
    EXPECT_EQ(config.models[0].strategy, core::Strategy::cost);
    EXPECT_EQ(config.models[0].deployments[0].price->input.value, 250'000);
    EXPECT_EQ(config.models[0].deployments[0].price->cached_input.value, 250'000);
    EXPECT_EQ(config.models[0].deployments[0].price->image.value, 40'000);
    EXPECT_EQ(config.aliases.at("fast"), "m");
    EXPECT_EQ(config.defaults.midstream, core::Midstream::resume);
    EXPECT_TRUE(config.defaults.cache.enabled);
    EXPECT_EQ(config.accounts[0].budget, MicroUsd{50'000'000});
    EXPECT_EQ(config.accounts[0].budget_per, Nanos(168h));
    EXPECT_EQ(config.control_tokens[0].value, "t0k");
    EXPECT_EQ(config.fleet_redis, "redis://redis.internal:6379/sk-1");
}

TEST(Load, NothingIsSaidAboutAConcealedValueButThatItIsMissing) {
    FakeSecrets secrets;
    secrets.concealed = true;
    secrets.variables = {{"PORT", "(env.PORT)"}, {"URL", "(env.URL)"}};
    const auto loaded = load_config(R"(
gateway: { threads: env.PORT, drain: "${PORT}${NONE}" }
providers: [{ name: s, base_url: "${URL}/v1" }]
fleet: { name: env.NONE, region: "file:/none" }
)",
                                    "test.yaml", secrets);
    ASSERT_FALSE(loaded);
    std::vector<std::string> fields;
    for (const auto& fault : loaded.error()) fields.push_back(fault.field);
    EXPECT_EQ(fields, (std::vector<std::string>{"gateway.drain", "fleet.name", "fleet.region"}));
}

TEST(Load, ModelsStartFromTheDefaultsWhereverTheyStand) {
    const auto config = config_of(R"(
models: [{ name: m, deployments: [{ provider: s, model: x }], deadlines: { first_token: 8s } }]
providers: [{ name: s, kind: simulated }]
defaults: { deadlines: { idle: 10s, first_token: 20s } }
)");
    EXPECT_EQ(config.models[0].deadlines.first_token, Nanos(8s));
    EXPECT_EQ(config.models[0].deadlines.idle, Nanos(10s));
}

TEST(Load, AModelMayBeCachedOtherwiseThanTheRest) {
    const auto config = config_of(R"(
models:
  - { name: m, deployments: [{ provider: s, model: x }], cache: { ttl: 10s } }
  - { name: n, deployments: [{ provider: s, model: y }], cache: { enabled: false } }
providers: [{ name: s, kind: simulated }]
defaults: { cache: { enabled: true, ttl: 60s } }
)");
    EXPECT_TRUE(config.models[0].cache.enabled);
    EXPECT_EQ(config.models[0].cache.ttl, Nanos(10s));
    EXPECT_FALSE(config.models[1].cache.enabled);
    EXPECT_EQ(config.models[1].cache.ttl, Nanos(60s));
    EXPECT_EQ(core::cache_room(config), 256 << 20);
    EXPECT_EQ(core::cache_room({}), 0);
}

TEST(Load, LinesOfFields) {
    const auto loaded = load_config("gateway:\n  listen: 127.0.0.1:1\nproviders:\n  - name: s\n    kind: simulated\n",
                                    "test.yaml", FakeSecrets{});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(line_of(loaded->lines, "gateway.listen"), 2);
    EXPECT_EQ(line_of(loaded->lines, "providers[0].kind"), 5);
    EXPECT_EQ(line_of(loaded->lines, "providers[0].keys[1].value"), 4);  // the nearest the file has
    EXPECT_EQ(line_of(loaded->lines, "history.max"), 0);
}

TEST(Load, UnknownFieldsAreFaultsWithASuggestion) {
    const auto faults = faults_of("gatway:\n  listen: x\nhistory:\n  retian: 3d\n  zzzzzzzzzzzz: 1\n");
    ASSERT_EQ(faults.size(), 3u);
    EXPECT_EQ(faults[0].field, "gatway");
    EXPECT_EQ(faults[0].line, 1);
    EXPECT_NE(faults[0].remedy.find("gateway"), std::string::npos);
    EXPECT_EQ(faults[1].field, "history.retian");
    EXPECT_EQ(faults[1].line, 4);
    EXPECT_NE(faults[1].remedy.find("retain"), std::string::npos);
    EXPECT_NE(faults[2].remedy.find("bodies"), std::string::npos);  // nothing near: all of them
}

TEST(Load, EveryKindOfTypeErrorNamesItsLine) {
    EXPECT_EQ(places_of("version: 2\n"), (Places{{1, "version"}}));
    EXPECT_EQ(places_of("gateway:\n  threads: many\n"), (Places{{2, "gateway.threads"}}));
    EXPECT_EQ(places_of("gateway:\n  threads: 99999999999\n"), (Places{{2, "gateway.threads"}}));
    EXPECT_EQ(places_of("gateway:\n  listen: 8080\n"), (Places{{2, "gateway.listen"}}));
    EXPECT_EQ(places_of("gateway:\n  auth: maybe\n"), (Places{{2, "gateway.auth"}}));
    EXPECT_EQ(places_of("gateway:\n  drain: 30\n"), (Places{{2, "gateway.drain"}}));
    EXPECT_EQ(places_of("gateway: { limits: { body: 1MB } }\n"), (Places{{1, "gateway.limits.body"}}));
    EXPECT_EQ(places_of("gateway: [1]\n"), (Places{{1, "gateway"}}));
    EXPECT_EQ(places_of("gateway:\n  limits: 5\n"), (Places{{2, "gateway.limits"}}));
    EXPECT_EQ(places_of("providers: { name: x }\n"), (Places{{1, "providers"}}));
    EXPECT_EQ(places_of("aliases: [a]\n"), (Places{{1, "aliases"}}));
    EXPECT_EQ(places_of("defaults:\n  drop_params: yes\n"), (Places{{2, "defaults.drop_params"}}));
    EXPECT_EQ(places_of("defaults:\n  backoff: { jitter: .nan }\n"), (Places{{2, "defaults.backoff.jitter"}}));
    EXPECT_EQ(places_of("otlp:\n  endpoint: [x]\n"), (Places{{2, "otlp.endpoint"}}));
    EXPECT_EQ(places_of("just a word\n"), (Places{{1, ""}}));
    EXPECT_EQ(places_of("gateway:\n  ? [a]\n  : b\n"), (Places{{1, "gateway"}}));
    EXPECT_EQ(places_of("history:\n  max: 1GiB\n  max: 2GiB\n"), (Places{{3, "history.max"}}));
}

TEST(Load, PricesAreExactOrRefused) {
    constexpr std::string_view head =
        "providers: [{ name: s, kind: simulated }]\nmodels:\n  - name: m\n    deployments:\n";
    const auto with = [&](std::string price) {
        return places_of(std::string(head) + "      - { provider: s, model: x, price: { input: " + price + " } }\n");
    };
    EXPECT_EQ(with("0.25"), Places{});
    EXPECT_EQ(with("0.0000001"), (Places{{5, "models[0].deployments[0].price.input"}}));
    EXPECT_EQ(with("1e-3"), (Places{{5, "models[0].deployments[0].price.input"}}));
    EXPECT_EQ(with("-1"), (Places{{5, "models[0].deployments[0].price.cached_input"},
                                  {5, "models[0].deployments[0].price.input"}}));
}

TEST(Load, VariablesThatAreNotThereNameTheField) {
    constexpr std::string_view text = R"(providers:
  - name: a
    base_url: https://${HOST}/v1
    proxy: ${unclosed
    keys:
      - { name: k, value: env.NOT_SET }
      - { name: l, value: "file:/not/there" }
)";
    EXPECT_EQ(places_of(text), (Places{{3, "providers[0].base_url"},
                                       {4, "providers[0].proxy"},
                                       {6, "providers[0].keys[0].value"},
                                       {7, "providers[0].keys[1].value"}}));
    EXPECT_NE(faults_of(text)[2].problem.find("NOT_SET"), std::string::npos);
}

TEST(Load, WhatOnlyLooksLikeAVariableIsText) {
    const auto config = config_of("fleet: { name: env.not-a-name, region: env. }\n");
    EXPECT_EQ(config.fleet_name, "env.not-a-name");
    EXPECT_EQ(config.fleet_region, "env.");
}

TEST(Load, NoFaultRepeatsAResolvedSecret) {
    FakeSecrets secrets;
    secrets.variables = {{"KEY", "hush"}};
    const auto faults =
        faults_of("gateway: { threads: env.KEY, listen: \"${KEY}:x\", auth: env.KEY }\nversion: env.KEY\n", secrets);
    EXPECT_EQ(faults.size(), 4u);
    for (const auto& fault : faults) EXPECT_EQ(to_string(fault).find("hush"), std::string::npos) << to_string(fault);
}

TEST(Load, ReadingAndMeaningAreReportedTogether) {
    EXPECT_EQ(places_of(R"(gateway:
  listen: 0.0.0.0:8080
  drain: soon
providers:
  - { name: a, kind: simulated }
  - { name: a, kind: simulated }
models:
  - name: m
    deployments:
      - { provider: b, model: x, weight: 0 }
    fallbacks: [n]
)"),
              (Places{{2, "gateway.listen"},
                      {3, "gateway.drain"},
                      {6, "providers[1].name"},
                      {10, "models[0].deployments[0].provider"},
                      {10, "models[0].deployments[0].weight"},
                      {11, "models[0].fallbacks[0]"}}));
}

TEST(Load, BrokenYamlNamesItsLine) {
    EXPECT_EQ(places_of("gateway:\n  listen: [1\n  x: {\n").size(), 1u);
    EXPECT_EQ(places_of("a: b: c\n"), (Places{{1, ""}}));
    EXPECT_EQ(places_of("gateway:\n\tlisten: x\n").at(0).first, 2);
    EXPECT_EQ(places_of("version: 1\n---\nversion: 1\n").size(), 1u);
    EXPECT_EQ(places_of("gateway: *nobody\n").at(0).first, 1);
}

}  // namespace
}  // namespace signalbox::adapters
