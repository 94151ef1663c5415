#include "engine/core/config/demo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/core/config/validate.h"

namespace signalbox::core {
namespace {

TEST(Demo, IsValidAndMarked) {
    const Config demo = demo_config();
    for (const auto& fault : validate(demo)) ADD_FAILURE() << to_string(fault);
    EXPECT_TRUE(demo.demo);
    EXPECT_EQ(demo.revision, 1);
}

TEST(Demo, NeedsNoNetwork) {
    for (const auto& provider : demo_config().providers) {
        EXPECT_EQ(provider.kind, ProviderKind::simulated);
        EXPECT_TRUE(provider.base_url.empty());
    }
}

TEST(Demo, ShowsWhatTheGatewayIsFor) {
    const Config demo = demo_config();
    std::set<std::string> zones;
    for (const auto& provider : demo.providers) zones.insert(provider.zone);
    EXPECT_EQ(zones.size(), 3u);
    EXPECT_TRUE(std::ranges::any_of(demo.providers, [](const auto& p) { return p.simulated.fault.share > 0; }));
    EXPECT_TRUE(std::ranges::any_of(demo.models, [](const auto& m) { return m.shape == Shape::embedding; }));
    EXPECT_TRUE(std::ranges::any_of(demo.models, [](const auto& m) { return m.shape == Shape::image; }));
    EXPECT_TRUE(std::ranges::any_of(demo.models, [](const auto& m) { return !m.fallbacks.empty(); }));
    EXPECT_TRUE(std::ranges::any_of(demo.models, [](const auto& m) { return m.name == demo_model; }));
    EXPECT_TRUE(std::ranges::any_of(demo.accounts, [](const auto& a) { return a.budget.has_value(); }));
}

}  // namespace
}  // namespace signalbox::core
