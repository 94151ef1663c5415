#include "engine/core/config/describe.h"

#include <gtest/gtest.h>

#include "engine/core/config/demo.h"
#include "engine/core/config/diff.h"

namespace signalbox::core {
namespace {

using Lines = std::vector<std::string>;

Config with_secrets() {
    Config config = demo_config();
    ProviderConfig& provider = config.providers[0];
    provider.headers = {{"X-Team", "header-secret"}};
    provider.proxy = "http://user:proxy-secret@proxy:3128";
    provider.keys = {{.name = "primary", .value = "key-secret", .weight = 1, .rpm = 500, .tpm = {}, .models = {}}};
    config.accounts[0].key = "account-secret";
    config.control_tokens = {{"ops", Role::operator_, "token-secret"}};
    config.alerts_webhook = "https://hooks/webhook-secret";
    config.fleet_redis = "redis://:redis-secret@host";
    config.fleet_postgres = "postgresql://u:postgres-secret@host";
    return config;
}

TEST(Describe, NoSecretIsShown) {
    const std::string yaml = redacted_yaml(with_secrets());
    EXPECT_EQ(yaml.find("secret"), std::string::npos) << yaml;
    EXPECT_NE(yaml.find(fingerprint("key-secret")), std::string::npos);
}

TEST(Describe, FingerprintsTellSecretsApart) {
    EXPECT_EQ(fingerprint("a"), fingerprint("a"));
    EXPECT_NE(fingerprint("a"), fingerprint("b"));
    EXPECT_EQ(fingerprint(""), "");
}

TEST(Describe, LooksLikeTheFile) {
    const std::string yaml = redacted_yaml(with_secrets());
    EXPECT_NE(yaml.find("gateway:\n  listen: 127.0.0.1:8080\n"), std::string::npos) << yaml;
    EXPECT_NE(yaml.find("providers:\n  - name: meridian\n    kind: simulated\n"), std::string::npos);
    EXPECT_NE(yaml.find("      - name: primary\n        value: \"•••• "), std::string::npos);
    EXPECT_NE(yaml.find("  deadlines:\n    connect: 5s\n"), std::string::npos);
    EXPECT_NE(yaml.find("    fallbacks: [ballad-medium, etude-small]\n"), std::string::npos);
    EXPECT_NE(yaml.find("role: operator\n"), std::string::npos);
}

TEST(Diff, SameIsNothing) {
    EXPECT_TRUE(diff(with_secrets(), with_secrets()).empty());
}

TEST(Diff, ChangedValuesShowBoth) {
    Config after = with_secrets();
    after.models[0].strategy = Strategy::cost;
    after.defaults.deadlines.first_token = 8s;
    EXPECT_EQ(diff(with_secrets(), after),
              (Lines{"defaults.deadlines.first_token: 30s → 8s", "models[sonata-large].strategy: latency → cost"}));
}

TEST(Diff, SecretsAreOnlyChanged) {
    Config after = with_secrets();
    after.providers[0].keys[0].value = "another";
    after.providers[0].headers["X-Extra"] = "more";
    after.accounts[0].key = "another";
    EXPECT_EQ(diff(with_secrets(), after),
              (Lines{"providers[meridian].keys[primary].value: changed", "accounts[web].key: changed",
                     "providers[meridian].headers.X-Extra: added"}));
}

TEST(Diff, WholeEntriesAreOneLine) {
    Config after = with_secrets();
    after.models.erase(after.models.begin());
    ProviderConfig added;
    added.name = "new";
    added.keys.push_back({.name = "k", .value = "v", .weight = 1, .rpm = {}, .tpm = {}, .models = {}});
    after.providers.push_back(added);
    after.models[1].deployments[0].price.reset();
    const Lines lines = diff(with_secrets(), after);
    ASSERT_EQ(lines.size(), 6u);
    EXPECT_EQ(lines[0], "providers[new]: added");
    EXPECT_EQ(lines[1], "models[sonata-large]: removed");
    EXPECT_EQ(lines[2], "models[ballad-medium].deployments[halden/ballad-medium].price.input: 0.80 → none");
}

}  // namespace
}  // namespace signalbox::core
