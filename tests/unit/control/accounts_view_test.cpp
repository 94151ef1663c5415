#include "engine/control/accounts_view.h"

#include <gtest/gtest.h>

namespace signalbox::control {
namespace {

flow::AccountView account(const std::string& name) {
    flow::AccountView out;
    out.figures.name = name;
    out.figures.tier = "service";
    out.figures.priority = "normal";
    return out;
}

TEST(AccountsViewTest, RatesRetriesAndMoney) {
    auto ci = account("ci");
    ci.figures.requests = {.limit = {600, 100}, .remaining = 40, .reset = 6s};
    ci.figures.output = {.limit = {5'000'000, 512'000}, .remaining = -300, .reset = 1s};
    ci.figures.counts = {
        .requests = 150, .client_retries = 50, .upstream_calls = 200, .double_retries = 4, .refused = 3};
    ci.figures.shed_while_idle_total = 2;
    ci.figures.retry_budget = 0.5;
    ci.money = core::AccountMoney{.limit = MicroUsd{50'000'000},
                                  .window_began = WallTime{7},
                                  .window = 24h,
                                  .posted = {100},
                                  .held = {20},
                                  .leased = {500},
                                  .total = {900}};
    const auto out = to_message(ci);
    EXPECT_EQ(out.name(), "ci");
    EXPECT_EQ(out.tier(), "service");
    EXPECT_EQ(out.requests().per_minute(), 600);
    EXPECT_EQ(out.requests().available(), 40);
    EXPECT_EQ(out.requests().charged_15m(), 147);
    EXPECT_FALSE(out.input_tokens().has_per_minute()) << "unlimited";
    EXPECT_EQ(out.output_tokens().available(), -300) << "debt";
    EXPECT_DOUBLE_EQ(out.requests_per_minute(), 10);
    EXPECT_DOUBLE_EQ(out.amplification(), 2);
    EXPECT_EQ(out.client_retries_15m(), 50);
    EXPECT_EQ(out.double_retries_15m(), 4);
    EXPECT_EQ(out.refused_15m(), 3);
    EXPECT_EQ(out.shed_while_idle_total(), 2);
    EXPECT_DOUBLE_EQ(out.retry_budget_percent(), 50);
    EXPECT_EQ(out.spent_microusd_total(), 900);
    EXPECT_EQ(out.budget().limit_microusd(), 50'000'000);
    EXPECT_EQ(out.budget().window_seconds(), 86400);
    EXPECT_EQ(out.budget().posted_microusd(), 100);
    EXPECT_EQ(out.budget().held_microusd(), 20);
    EXPECT_EQ(out.budget().leased_microusd(), 500);
}

TEST(AccountsViewTest, WhatIsNotKnownIsAbsent) {
    auto idle = account("idle");
    auto out = to_message(idle);
    EXPECT_FALSE(out.has_amplification()) << "no request yet";
    EXPECT_FALSE(out.has_budget());
    idle.money = core::AccountMoney{};
    idle.money->total = {5};
    out = to_message(idle);
    EXPECT_FALSE(out.has_budget()) << "none is configured";
    EXPECT_EQ(out.spent_microusd_total(), 5);
}

TEST(AccountsViewTest, ByNameAndCallersWithoutAKeyOnlyWhenTheyCame) {
    flow::FleetView fleet;
    fleet.accounts = {account(""), account("web"), account("ci")};
    auto out = list_accounts(fleet);
    ASSERT_EQ(out.accounts_size(), 2);
    EXPECT_EQ(out.accounts(0).name(), "ci");
    EXPECT_EQ(out.accounts(1).name(), "web");
    fleet.accounts[0].figures.counts.requests = 1;
    out = list_accounts(fleet);
    ASSERT_EQ(out.accounts_size(), 3);
    EXPECT_EQ(out.accounts(0).name(), "");
}

}  // namespace
}  // namespace signalbox::control
