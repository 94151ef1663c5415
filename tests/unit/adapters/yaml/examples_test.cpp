// Every example we ship loads, and so does the one of the documentation.
#include <gtest/gtest.h>

#include "engine/adapters/yaml/load.h"
#include "engine/core/config/doctor.h"
#include "tests/unit/adapters/yaml/fake_secrets.h"

namespace signalbox::adapters {
namespace {

FakeSecrets everything_set() {
    FakeSecrets secrets;
    for (const char* name :
         {"OPENAI_API_KEY", "OPENAI_API_KEY_BACKUP", "ANTHROPIC_API_KEY", "SIGNALBOX_CI_KEY", "SIGNALBOX_OPS_TOKEN",
          "BFL_API_KEY", "OPENAI_KEY_PRIMARY", "OPENAI_KEY_BACKUP", "AZURE_KEY", "FLAKE_KEY"})
        secrets.variables[name] = std::string("value-of-") + name;
    secrets.variables["HTTPS_PROXY"] = "http://proxy:3128";
    secrets.variables["ALERT_URL"] = "https://hooks.example.com/x";
    secrets.variables["HOME"] = "/h";
    return secrets;
}

core::Config expect_loads(const std::filesystem::path& file) {
    auto loaded = load_config_file(file, everything_set());
    if (loaded) return std::move(loaded->config);
    for (const auto& fault : loaded.error()) ADD_FAILURE() << to_string(fault);
    return {};
}

TEST(Examples, AllOfThemLoadAndTheDoctorFindsNoErrors) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(EXAMPLES_DIR)) {
        if (entry.path().extension() != ".yaml") continue;
        const auto config = expect_loads(entry.path());
        EXPECT_FALSE(config.providers.empty()) << entry.path();
        EXPECT_FALSE(config.models.empty()) << entry.path();
        for (const core::Finding& one :
             core::examine(config, std::chrono::sys_days(std::chrono::year(2026) / std::chrono::November / 20)))
            EXPECT_NE(one.severity, core::Severity::error) << entry.path() << ' ' << one.field << ' ' << one.problem;
        ++count;
    }
    EXPECT_GE(count, 4);
}

TEST(Examples, TheFullOneSetsWhatItSays) {
    const auto config = expect_loads(std::filesystem::path(EXAMPLES_DIR) / "full.yaml");
    ASSERT_EQ(config.providers.size(), 5u);
    EXPECT_EQ(config.providers[0].keys[1].models, std::vector<std::string>{"gpt-5*"});
    EXPECT_EQ(config.providers[3].simulated.memory, 64LL << 30);
    EXPECT_EQ(config.providers[4].api_version, "2024-10-21");
    EXPECT_EQ(config.models[0].deployments[0].price->cached_input.value, 25'000);
    EXPECT_EQ(config.models[0].deadlines.first_token, Nanos(8s));
    EXPECT_EQ(config.accounts[0].output_burst, 512'000);
    EXPECT_EQ(config.control_tokens[0].role, core::Role::operator_);
    EXPECT_EQ(config.alerts_webhook, "https://hooks.example.com/x");
}

}  // namespace
}  // namespace signalbox::adapters
