#include "engine/core/config/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "engine/core/config/validate.h"

namespace signalbox::core {
namespace {

using namespace std::chrono;
constexpr sys_days today = 2026y / November / 20;

DeploymentConfig at(const std::string& provider, const std::string& model) {
    DeploymentConfig out;
    out.provider = provider;
    out.model = model;
    out.context = 200'000;
    out.price = Price{};
    out.max_in_flight = 10;
    return out;
}

ModelConfig entry(const std::string& name, std::vector<DeploymentConfig> deployments) {
    ModelConfig out;
    out.name = name;
    out.deployments = std::move(deployments);
    return out;
}

ProviderConfig provider(const std::string& name, const std::string& zone) {
    ProviderConfig out;
    out.name = name;
    out.base_url = "https://" + name + ".example/v1";
    out.zone = zone;
    out.keys = {{.name = "k", .value = "hush-" + name, .weight = 1, .rpm = 100, .tpm = {}, .models = {}}};
    return out;
}

// Nothing to find: `big` falls back to `small`, each at a provider of its own.
Config sound() {
    Config config;
    config.providers = {provider("p", "east"), provider("q", "west")};
    config.models = {entry("big", {at("p", "big")}), entry("small", {at("q", "small")})};
    config.models[0].fallbacks = {"small"};
    config.models[1].fallbacks = {"big"};
    config.gateway.auth_required = true;
    AccountConfig account;
    account.name = "ci";
    account.key = "sb-ci";
    account.budget = MicroUsd{1'000'000};
    config.accounts = {account};
    config.control_tokens = {{"ops", Role::admin, "token"}};
    return config;
}

struct Case {
    const char* rule;
    const char* field;  // of the finding
    std::function<void(Config&)> spoil;
};

void to_own_server(Config& config) {
    config.providers[0].kind = ProviderKind::vllm;
    config.providers[0].keys.clear();
}
void alone(Config& config) {
    config.models.pop_back();
    config.models[0].fallbacks.clear();
}
void one_provider(Config& config) {
    config.models[1].deployments = {at("p", "small")};
    config.providers[0].keys.push_back({.name = "l", .value = "other", .weight = 1, .rpm = 1, .tpm = {}, .models = {}});
}

std::vector<Case> target_cases() {
    return {
        {"retired", "models[0].deployments[0].retires",
         [](Config& c) { c.models[0].deployments[0].retires = "2026-11-20"; }},
        {"no_key_serves", "models[1].deployments[0].model",
         [](Config& c) { c.providers[1].keys[0].models = {"other*"}; }},
        {"secret_reused", "accounts[0].key", [](Config& c) { c.accounts[0].key = c.providers[1].keys[0].value; }},
        {"secret_reused", "control_tokens[0].value", [](Config& c) { c.control_tokens[0].value = c.accounts[0].key; }},
        {"retires_soon", "models[1].deployments[0].retires",
         [](Config& c) { c.models[1].deployments[0].retires = "2026-12-20"; }},
        {"retires_later", "models[1].deployments[0].retires",
         [](Config& c) { c.models[1].deployments[0].retires = "2027-02-20"; }},
        {"single_target", "models[0].fallbacks", alone},
        {"single_key", "models[0].fallbacks", [](Config& c) { c.models[1].deployments = {at("p", "small")}; }},
        {"single_provider", "models[0].fallbacks", one_provider},
        {"single_zone", "models[0].fallbacks", [](Config& c) { c.providers[1].zone = "east"; }},
        {"fallback_shape", "defaults.fallbacks[0]",
         [](Config& c) {
             ModelConfig image = entry("picture", {at("p", "picture"), at("q", "picture")});
             image.shape = Shape::image;
             c.models[1].fallbacks.clear();
             image.fallbacks = {"q/other"};
             c.models.push_back(image);
             c.defaults.fallbacks = {"picture", "big"};
         }},
        {"fallback_context", "models[0].fallbacks", [](Config& c) { c.models[1].deployments[0].context = 1000; }},
    };
}

std::vector<Case> limit_cases() {
    return {
        {"no_context", "models[0].deployments[0].context",
         [](Config& c) { c.models[0].deployments[0].context.reset(); }},
        {"no_price", "models[0].deployments[0].price", [](Config& c) { c.models[0].deployments[0].price.reset(); }},
        {"headroom_without_rates", "models[0].strategy",
         [](Config& c) {
             c.models[0].strategy = Strategy::headroom;
             c.providers[0].keys[0].rpm.reset();
         }},
        {"cost_without_prices", "models[0].strategy",
         [](Config& c) {
             c.models[0].strategy = Strategy::cost;
             c.models[0].deployments[0].price.reset();
         }},
        {"deadlines_do_not_fit", "models[0].deadlines.first_token",
         [](Config& c) { c.models[0].deadlines.first_token = c.models[0].deadlines.total; }},
        {"deadlines_do_not_fit", "models[0].deadlines.first_token",
         [](Config& c) { c.models[0].deadlines.first_token = 301s; }},
        {"fallbacks_never_tried", "defaults.attempts", [](Config& c) { c.defaults.attempts = 1; }},
        {"retries_eat_fallbacks", "defaults.same_target_retries",
         [](Config& c) { c.defaults.same_target_retries = c.defaults.attempts - 1; }},
        {"resume_without_attempts", "defaults.midstream",
         [](Config& c) {
             c.defaults.midstream = Midstream::resume;
             c.defaults.attempts = 1;
         }},
        {"hedge_without_room", "models[0].hedge.budget",
         [](Config& c) { c.models[0].hedge = {.enabled = true, .after = "p95", .budget = 0}; }},
        {"hedge_without_room", "models[0].hedge.enabled",
         [](Config& c) {
             alone(c);
             c.models[0].hedge.enabled = true;
         }},
        {"cache_with_little_room", "defaults.cache.max",
         [](Config& c) {
             c.defaults.cache.enabled = true;
             c.defaults.cache.max = 1 << 20;
         }},
    };
}

std::vector<Case> access_cases() {
    return {
        {"key_twice", "providers[1].keys[0].value",
         [](Config& c) { c.providers[1].keys[0].value = c.providers[0].keys[0].value; }},
        {"key_in_the_clear", "providers[0].base_url",
         [](Config& c) { c.providers[0].base_url = "http://10.0.0.7/v1"; }},
        {"key_matches_nothing", "providers[0].keys[1].models",
         [](Config& c) {
             c.providers[0].keys.push_back(
                 {.name = "l", .value = "other", .weight = 1, .rpm = 1, .tpm = {}, .models = {"bog*"}});
         }},
        {"auth_optional", "gateway.auth", [](Config& c) { c.gateway.auth_required = false; }},
        {"account_without_models", "accounts[0].models", [](Config& c) { c.accounts[0].models = {"bog*"}; }},
        {"no_max_in_flight", "models[0].deployments[0].max_in_flight",
         [](Config& c) {
             to_own_server(c);
             c.models[0].deployments[0].max_in_flight.reset();
         }},
        {"no_rates", "providers[0].keys", [](Config& c) { c.providers[0].keys[0].rpm.reset(); }},
        {"control_without_tokens", "control_tokens", [](Config& c) { c.control_tokens.clear(); }},
        {"without_effect", "otlp.endpoint", [](Config& c) { c.otlp_endpoint = "http://127.0.0.1:4318"; }},
    };
}

bool finds(const Findings& findings, std::string_view rule, std::string_view field) {
    return std::ranges::any_of(findings, [&](const Finding& one) { return one.rule == rule && one.field == field; });
}

TEST(Doctor, SoundIsSound) {
    for (const auto& fault : validate(sound())) ADD_FAILURE() << to_string(fault);
    for (const Finding& one : examine(sound(), today))
        ADD_FAILURE() << one.rule << ": " << one.field << ' ' << one.problem;
    EXPECT_EQ(examine(Config{}, today).size(), 1U) << "no control tokens, and nothing else that could be wrong";
}

TEST(Doctor, EveryRuleFindsItsCaseAndSaysWhatToDo) {
    std::set<std::string_view> seen;
    std::vector<Case> cases = target_cases();
    std::ranges::move(limit_cases(), std::back_inserter(cases));
    std::ranges::move(access_cases(), std::back_inserter(cases));
    for (const Case& one : cases) {
        Config config = sound();
        one.spoil(config);
        for (const auto& fault : validate(config)) ADD_FAILURE() << one.rule << ": " << to_string(fault);
        const Findings findings = examine(config, today);
        EXPECT_TRUE(finds(findings, one.rule, one.field)) << one.rule << ' ' << one.field;
        for (const Finding& finding : findings) {
            EXPECT_FALSE(finding.object.empty() || finding.problem.empty() || finding.remedy.empty()) << finding.rule;
            EXPECT_EQ((finding.problem + finding.remedy).find("hush-"), std::string::npos) << finding.rule;
        }
        seen.insert(one.rule);
    }
    for (const DoctorRule& rule : doctor_rules()) EXPECT_TRUE(seen.contains(rule.name)) << rule.name << " has no case";
}

TEST(Doctor, TheWorstComesFirst) {
    Config config = sound();
    config.control_tokens.clear();
    config.gateway.auth_required = false;
    config.models[0].deployments[0].retires = "2020-01-01";
    const Findings findings = examine(config, today);
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_EQ(findings[1].severity, Severity::warning);
    EXPECT_EQ(findings[2].severity, Severity::hint);
    EXPECT_EQ(to_string(findings[0].severity), "error");
}

TEST(Doctor, RetirementWarnsThirtyDaysAhead) {
    Config config = sound();
    std::string& retires = config.models[0].deployments[0].retires;
    retires = "2026-12-21";
    Findings findings = examine(config, today);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].rule, "retires_later");
    EXPECT_EQ(findings[0].severity, Severity::hint);
    retires = "2026-11-21";
    findings = examine(config, today);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].rule, "retires_soon");
    EXPECT_EQ(findings[0].object, "p/big");
    EXPECT_EQ(findings[0].problem, "retires on 2026-11-21, in 1 day");
}

TEST(Doctor, OneWeakestLinkIsToldOfEachModel) {
    Config config = sound();
    one_provider(config);
    for (const Finding& one : examine(config, today)) EXPECT_EQ(one.rule, "single_provider") << one.field;
    config = sound();
    config.models[1].fallbacks.clear();
    config.defaults.fallbacks = {"small"};
    EXPECT_TRUE(finds(examine(config, today), "single_target", "models[1].fallbacks")) << "none is its own fallback";
    config.defaults.fallbacks = {"p/other"};
    EXPECT_TRUE(examine(config, today).empty()) << "a name without an entry stands in as well";
}

TEST(Doctor, WhatIsNotAskedForIsNotMissed) {
    Config config = sound();
    for (auto& model : config.models) model.deployments[0].context.reset();
    config.defaults.context_check = false;
    EXPECT_TRUE(examine(config, today).empty());
    config = sound();
    config.models[0].deployments[0].price.reset();
    config.accounts[0].budget.reset();
    EXPECT_TRUE(examine(config, today).empty());
    config = sound();
    config.defaults.attempts = 8;
    config.models[0].deadlines.first_token = 300s;
    EXPECT_TRUE(examine(config, today).empty()) << "two targets need two silences, whatever the attempts";
    config = sound();
    config.models[1].deployments.push_back(at("p", "small"));
    config.models[1].deployments[0].context = 1000;
    EXPECT_TRUE(examine(config, today).empty()) << "one place of the fallback is large enough";
}

TEST(Doctor, TwoGatewaysShouldShareNoKeyAndAskForTheSameOnes) {
    const Config live = sound();
    Config dev = sound();
    dev.providers[1].keys[0].value = "of its own";
    auto findings = compare(live, dev, "dev.yaml");
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].rule, "key_shared");
    EXPECT_EQ(findings[0].field, "providers[0].keys[0].value");
    EXPECT_NE(findings[0].problem.find("p#k of dev.yaml"), std::string::npos) << findings[0].problem;
    EXPECT_EQ(findings[0].problem.find("hush-"), std::string::npos);
    dev.gateway.auth_required = false;
    dev.control_tokens.clear();
    findings = compare(live, dev, "dev.yaml");
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(findings[0].field, "gateway.auth");
    EXPECT_EQ(findings[1].field, "control_tokens");
}

}  // namespace
}  // namespace signalbox::core
