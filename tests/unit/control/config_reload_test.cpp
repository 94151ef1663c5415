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
        if (text != "same") config.aliases[text] = "b";
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
    ConfigReload reload_{{load, [this](core::ConfigPtr config) { applied_.push_back(std::move(config)); }},
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

TEST_F(ConfigReloadTest, SaysWhatTakesARestart) {
    ASSERT_TRUE(reload_.apply("port", caller_, at_));
    EXPECT_EQ(events(), (std::vector<std::string>{"restart_needed", "config_applied"}));
}

}  // namespace
}  // namespace signalbox::control
