#include "engine/core/drill/drill.h"

#include <gtest/gtest.h>

#include <string>

namespace signalbox::core {
namespace {

const DrillQuestion plain{.provider = "openai",
                          .deployment = "openai/gpt-5",
                          .key = "k1",
                          .model = "main",
                          .header = "",
                          .request_id = "01J9",
                          .now = Instant(10s)};

ActiveDrill drill(std::string target, Fault fault = Fault::server_error) {
    ActiveDrill row;
    row.id = 1;
    row.target = std::move(target);
    row.fault = fault;
    return row;
}

bool strikes(ActiveDrill row, const DrillQuestion& question = plain) {
    return DrillTable{{std::move(row)}}.match(question) != nullptr;
}

TEST(DrillTable, ATargetIsAProviderADeploymentOrAModel) {
    EXPECT_TRUE(strikes(drill("openai")));
    EXPECT_TRUE(strikes(drill("openai/gpt-5")));
    EXPECT_TRUE(strikes(drill("main")));
    EXPECT_TRUE(strikes(drill("openai#k1")));
    EXPECT_TRUE(strikes(drill("openai/gpt-5#k1")));
    EXPECT_FALSE(strikes(drill("openai#k2")));
    EXPECT_FALSE(strikes(drill("openai/gpt-5#k")));
    EXPECT_FALSE(strikes(drill("openai#")));
    EXPECT_FALSE(strikes(drill("main#k1")));
    EXPECT_FALSE(strikes(drill("openai/gpt-4")));
    EXPECT_FALSE(strikes(drill("open")));
    EXPECT_FALSE(strikes(drill("")));
    EXPECT_EQ(DrillTable{}.match(plain), nullptr);
}

TEST(DrillTable, ItEndsAtItsInstantWhoeverForgetsToEndIt) {
    ActiveDrill row = drill("main");
    row.expires = plain.now;
    EXPECT_FALSE(strikes(row));
    row.expires = plain.now + 1ns;
    EXPECT_TRUE(strikes(row));
}

TEST(DrillTable, OnlyTheHeaderThatNamesTheFaultCallsForAHeaderDrill) {
    ActiveDrill row = drill("main");
    row.header_only = true;
    row.share_percent = 0;
    EXPECT_FALSE(strikes(row));
    DrillQuestion asking = plain;
    asking.header = "server_error";
    EXPECT_TRUE(strikes(row, asking));
    asking.header = "cut";
    EXPECT_FALSE(strikes(row, asking));
    asking.header = "1";
    EXPECT_FALSE(strikes(row, asking));
}

TEST(DrillTable, AHeaderStartsNothing) {
    DrillQuestion asking = plain;
    asking.header = "server_error";
    EXPECT_EQ(DrillTable{}.match(asking), nullptr);
    EXPECT_FALSE(strikes(drill("other"), asking));
}

TEST(DrillTable, TheFirstRowThatStrikesCounts) {
    ActiveDrill first = drill("main", Fault::cut);
    first.header_only = true;
    DrillTable table{{first, drill("openai", Fault::stall), drill("main", Fault::empty)}};
    EXPECT_EQ(table.match(plain)->fault, Fault::stall);
    DrillQuestion asking = plain;
    asking.header = "cut";
    EXPECT_EQ(table.match(asking)->fault, Fault::cut);
}

TEST(DrillTable, AShareStrikesSoManyRequestsAndTheSameAtEveryTry) {
    ActiveDrill row = drill("main");
    row.share_percent = 10;
    int struck = 0;
    for (int i = 0; i < 20'000; ++i) {
        DrillQuestion question = plain;
        const std::string id = "01J9ABCDEFGHJKMNPQRST" + std::to_string(10'000 + i);
        question.request_id = id;
        const bool met = strikes(row, question);
        struck += met;
        question.now += 5s;
        EXPECT_EQ(strikes(row, question), met);
    }
    EXPECT_NEAR(struck, 2000, 200);
}

TEST(DrillTable, TwoDrillsStrikeDifferentRequests) {
    int both = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string id = "01J9ABCDEFGHJKMNPQRST" + std::to_string(10'000 + i);
        both += drill_draw(id, 1) < 10 && drill_draw(id, 2) < 10;
    }
    EXPECT_NEAR(both, 200, 80);
}

TEST(DrillTable, SomeFaultsSpareWhatTheyDoNotConcern) {
    EXPECT_FALSE(strikes(drill("main", Fault::rejects_prefill)));
    DrillQuestion prefilled = plain;
    prefilled.prefill = true;
    EXPECT_TRUE(strikes(drill("main", Fault::rejects_prefill), prefilled));
    EXPECT_TRUE(strikes(drill("main", Fault::flapping)));
    DrillQuestion later = plain;
    later.now = Instant(40s);
    EXPECT_FALSE(strikes(drill("main", Fault::flapping), later));
}

class LanesOf : public testing::Test {
  protected:
    LanesOf() {
        Config config;
        for (const char* name : {"p", "q"}) {
            ProviderConfig provider;
            provider.name = name;
            for (const char* key : {"k1", "k2"}) provider.keys.emplace_back().name = key;
            config.providers.push_back(provider);
        }
        for (const auto& [name, provider] : {std::pair{"a", "p"}, {"b", "p"}, {"c", "q"}}) {
            ModelConfig model;
            model.name = name;
            DeploymentConfig deployment;
            deployment.provider = provider;
            deployment.model = std::string("up-") + name;
            model.deployments = {deployment};
            config.models.push_back(model);
        }
        config.aliases = {{"fast", "a"}};
        table = std::make_shared<RoutingTable>(std::make_shared<Config>(config), names);
    }
    std::vector<std::string> of(std::string_view target) {
        std::vector<std::string> out;
        for (const LaneId lane : lanes_of(target, *table)) out.push_back(names.lanes.name(lane));
        return out;
    }
    Registries names;
    std::shared_ptr<RoutingTable> table;
};

TEST_F(LanesOf, EveryKindOfTargetHasItsLanes) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(of("p/up-a"), (Names{"p/up-a#k1", "p/up-a#k2"}));
    EXPECT_EQ(of("a"), of("p/up-a"));
    EXPECT_EQ(of("fast"), of("a"));
    EXPECT_EQ(of("c"), of("q/up-c"));
    EXPECT_GE(of("p").size(), 4U);
    EXPECT_EQ(of("p/up-a#k2"), Names{"p/up-a#k2"});
    const Names of_key = of("p#k1");
    EXPECT_EQ(of_key.size(), of("p").size() / 2);
    for (const std::string& lane : of_key) EXPECT_TRUE(lane.ends_with("#k1")) << lane;
    EXPECT_TRUE(of("p#k3").empty());
    EXPECT_TRUE(of("nobody").empty());
    EXPECT_TRUE(of("").empty());
}

}  // namespace
}  // namespace signalbox::core
