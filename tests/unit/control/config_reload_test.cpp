#include "engine/control/config_reload.h"

#include <gtest/gtest.h>

#include "engine/sim/memory_store.h"
#include "tests/unit/control/fixture.h"

namespace signalbox::control {
namespace {

class ConfigReloadTest : public testing::Test {
  protected:
    // "bad" is refused, "same" changes nothing, anything else is the name of a new alias.
    static std::expected<core::Config, core::ConfigFaults> load(const std::string& text) {
        if (text == "bad")
            return std::unexpected(core::ConfigFaults{{"signalbox.yaml", 3, "models", "wrong", "right"}});
        auto config = small_config();
        if (text == "port") config.gateway.listen.port = 9;
        if (text == "env") config.fleet_name = "t0k";
        if (text == "history") {
            config.gateway.threads = 2;
            config.gateway.drain = 1s;
            config.history.max = 1 << 30;
        }
        if (text != "same") config.aliases[text] = "b";
        return config;
    }
    // What load() reads "env" as, with its secret concealed.
    static std::expected<core::Config, core::ConfigFaults> inspect(const std::string& text) {
        auto config = load(text);
        if (text == "env") config->fleet_name = "(env.TOKEN)";
        return config;
    }
    std::vector<std::string> events() {
        std::vector<std::string> out;
        const auto rows = store_.events(0, 10);
        for (const auto& row : *rows) out.push_back(row.kind);
        return out;
    }

    sim::MemoryStore store_;
    NullLog log_;
    Trail trail_{store_, log_};
    std::vector<core::ConfigPtr> applied_;
    ConfigReload reload_{{load, inspect, [this](core::ConfigPtr config) { applied_.push_back(std::move(config)); }},
                         std::make_shared<core::Config>(small_config()),
                         trail_};
    Caller caller_;
    Moment at_{Instant(1s), {1'000'000}};
};

TEST_F(ConfigReloadTest, CheckTellsFaultsOrChangesAndAppliesNothing) {
    const auto bad = reload_.check("bad");
    ASSERT_EQ(bad.faults_size(), 1);
    EXPECT_EQ(bad.faults(0).line(), 3);
    EXPECT_EQ(bad.faults(0).remedy(), "right");
    EXPECT_EQ(reload_.check("quick").changes_size(), 1);
    EXPECT_EQ(reload_.check("same").changes_size(), 0);
    EXPECT_TRUE(applied_.empty());
}

TEST_F(ConfigReloadTest, CheckNeverShowsWhatASecretIs) {
    EXPECT_NE(reload_.check("env").DebugString().find("(env.TOKEN)"), std::string::npos);
    EXPECT_EQ(reload_.check("env").DebugString().find("t0k"), std::string::npos);
    ASSERT_TRUE(reload_.apply("env", caller_, at_));
    EXPECT_EQ(reload_.in_force()->fleet_name, "t0k");
    EXPECT_EQ(reload_.check("env").changes_size(), 0) << "the same text is no change";
}

TEST_F(ConfigReloadTest, AppliesTheNextRevisionAndTellsIt) {
    ASSERT_TRUE(reload_.apply("quick", caller_, at_));
    ASSERT_EQ(applied_.size(), 1U);
    EXPECT_EQ(applied_[0]->revision, 2);
    EXPECT_EQ(reload_.in_force(), applied_[0]);
    EXPECT_EQ(events(), std::vector<std::string>{"config_applied"});
    EXPECT_EQ(store_.audit(0, 10)->size(), 2U) << "intent and result";
    ASSERT_TRUE(reload_.apply("quick", caller_, at_));
    EXPECT_EQ(applied_.size(), 1U) << "nothing changed, nothing applied";
}

TEST_F(ConfigReloadTest, ABadFileKeepsTheOldOneAndIsAProblemUntilItIsMended) {
    EXPECT_EQ(reload_.apply("bad", caller_, at_).error().code, ErrorCode::config_invalid);
    EXPECT_TRUE(applied_.empty());
    EXPECT_EQ(reload_.in_force()->revision, 1);
    EXPECT_FALSE(reload_.problem().empty());
    EXPECT_EQ(reload_.problem_since(), at_.wall);
    EXPECT_EQ(events(), std::vector<std::string>{"config_refused"});
    ASSERT_TRUE(reload_.apply("same", caller_, at_));
    EXPECT_TRUE(reload_.problem().empty());
}

TEST_F(ConfigReloadTest, WithoutATrailNothingIsApplied) {
    store_.fail_nth(1);
    EXPECT_EQ(reload_.apply("quick", caller_, at_).error().code, ErrorCode::store_failed);
    EXPECT_TRUE(applied_.empty());
}

TEST_F(ConfigReloadTest, SaysWhatTakesARestartUntilThereIsNothingLeft) {
    EXPECT_EQ(reload_.check("port").restart_needed_size(), 1);
    EXPECT_TRUE(reload_.restart_needed().empty());
    ASSERT_TRUE(reload_.apply("port", caller_, at_));
    EXPECT_EQ(events(), (std::vector<std::string>{"restart_needed", "config_applied"}));
    ASSERT_TRUE(reload_.apply("history", caller_, at_));
    EXPECT_EQ(reload_.restart_needed().size(), 3U) << "against what runs, not against the last file";
    EXPECT_EQ(reload_.restart_needed_since(), at_.wall);
    EXPECT_EQ(reload_.check("same").restart_needed_size(), 0);
    ASSERT_TRUE(reload_.apply("same", caller_, at_));
    EXPECT_TRUE(reload_.restart_needed().empty());
}

TEST_F(ConfigReloadTest, AFileThatCannotBeReadIsRefusedLikeABadOne) {
    const ConfigText vanished = std::unexpected(core::ConfigFaults{{"signalbox.yaml", 0, "", "is not a file", ""}});
    EXPECT_EQ(reload_.apply(vanished, caller_, at_).error().code, ErrorCode::config_invalid);
    EXPECT_FALSE(reload_.problem().empty());
    EXPECT_EQ(events(), std::vector<std::string>{"config_refused"});
}

// Started on public addresses with everything they take.
class PublicReloadTest : public ConfigReloadTest {
  protected:
    static core::Config public_config() {
        auto config = small_config();
        config.gateway.listen = {"0.0.0.0", 8080};
        config.gateway.control = {"0.0.0.0", 8081};
        config.gateway.auth_required = true;
        config.gateway.tls = {"cert.pem", "key.pem", ""};
        config.control_tokens = {{"ops", core::Role::admin, "t0k"}};
        return config;
    }
    static std::expected<core::Config, core::ConfigFaults> load_public(const std::string& text) {
        auto config = public_config();
        if (text == "no tokens") config.control_tokens.clear(), config.gateway.control.host = "127.0.0.1";
        if (text == "no auth") config.gateway.auth_required = false, config.gateway.listen.host = "127.0.0.1";
        if (text == "home") config.gateway.listen.host = config.gateway.control.host = "127.0.0.1";
        if (text == "no tls") config.gateway.tls = {}, config.gateway.listen = config.gateway.control = {"::1", 0};
        return config;
    }
    ConfigReload public_{{load_public, load_public, [this](const core::ConfigPtr& next) { applied_.push_back(next); }},
                         std::make_shared<core::Config>(public_config()),
                         trail_};
};

TEST_F(PublicReloadTest, WhatStaysBoundStaysProtected) {
    for (const char* text : {"no tokens", "no auth"}) {
        EXPECT_EQ(public_.apply(text, caller_, at_).error().code, ErrorCode::config_invalid) << text;
        EXPECT_EQ(public_.check(text).faults_size(), 1) << text;
    }
    EXPECT_TRUE(applied_.empty());
    EXPECT_TRUE(public_.apply("home", caller_, at_)) << "takes effect with the restart";
    EXPECT_TRUE(public_.apply("no tls", caller_, at_)) << "TLS stays on until then";
    EXPECT_EQ(applied_.size(), 2U);
}

}  // namespace
}  // namespace signalbox::control
