#include "engine/control/overrides.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/sim/memory_store.h"

namespace signalbox::control {
namespace {

core::ConfigPtr make_config() {
    auto config = std::make_shared<core::Config>();
    core::ProviderConfig sim;
    sim.name = "sim";
    sim.kind = core::ProviderKind::simulated;
    config->providers.push_back(sim);
    const auto add = [&](const std::string& name, core::Shape shape) {
        core::ModelConfig model;
        model.name = name;
        model.shape = shape;
        core::DeploymentConfig deployment;
        deployment.provider = "sim";
        deployment.model = name;
        model.deployments.push_back(deployment);
        config->models.push_back(model);
    };
    for (const auto* name : {"a", "b", "c"}) add(name, core::Shape::chat);
    add("vector", core::Shape::embedding);
    config->aliases = {{"fast", "a"}};
    core::AccountConfig ci, web;
    ci.name = "ci";
    web.name = "web";
    config->accounts = {ci, web};
    return config;
}

class OverridesTest : public testing::Test {
  protected:
    OverridesTest() { restart(); }

    void restart() {
        overrides_ = std::make_unique<Overrides>(store_, trail_, [this](core::OverrideTablePtr t) { rules_ = t; });
        rules_ = std::make_shared<core::OverrideTable>();
        ASSERT_TRUE(overrides_->restore(*table_, at_));
    }

    void advance(Nanos by) {
        at_.now += by;
        at_.wall = at_.wall + by;
    }

    static v1::CreateOverrideRequest request(const std::string& from = "a", const std::string& to = "b") {
        v1::CreateOverrideRequest out;
        out.set_from(from);
        out.set_to(to);
        out.set_ttl_seconds(60);
        out.set_reason("provider outage");
        out.set_actor("ana");
        return out;
    }

    api::Answer<v1::Override> create(const v1::CreateOverrideRequest& request) {
        return overrides_->create(request, *table_, caller_, at_);
    }
    ErrorCode refusal(const v1::CreateOverrideRequest& request) {
        auto done = create(request);
        return done ? ErrorCode::ok : done.error().code;
    }
    std::string goes_to(const std::string& model, const std::string& account = "", const std::string& tags = "",
                        int draw = 0) {
        const auto* row = rules_->match(model, account, tags, at_.now, draw);
        return row == nullptr ? model : row->to;
    }
    std::vector<std::string> audit() {
        std::vector<std::string> out;
        const auto rows = store_.audit(0, 100);
        for (const auto& row : *rows) out.insert(out.begin(), row.action + " " + row.object + " " + row.result);
        return out;
    }

    sim::MemoryStore store_;
    NullLog log_;
    Trail trail_{store_, log_};
    core::Registries lanes_;
    core::RoutingTablePtr table_ = std::make_shared<core::RoutingTable>(make_config(), lanes_);
    core::OverrideTablePtr rules_;
    std::unique_ptr<Overrides> overrides_;
    Caller caller_{.role = core::Role::admin};
    Moment at_{Instant(1000s), {1'800'000'000'000'000}};
};

TEST_F(OverridesTest, RedirectsAtOnceAndSaysWho) {
    auto made = create(request());
    ASSERT_TRUE(made);
    EXPECT_EQ(made->state(), "active");
    EXPECT_EQ(made->share_percent(), 100);
    EXPECT_EQ(made->actor(), "ana");
    EXPECT_EQ(made->kind(), "redirect");
    EXPECT_EQ(made->expires_unix_us() - made->created_unix_us(), 60'000'000);
    EXPECT_EQ(goes_to("a"), "b");
    EXPECT_EQ(goes_to("c"), "c");
    EXPECT_EQ(audit(), (std::vector<std::string>{"override.create a intent", "override.create override 1 ok"}));
}

TEST_F(OverridesTest, AnAliasMeansItsModel) {
    ASSERT_TRUE(create(request("fast", "b")));
    EXPECT_EQ(goes_to("a"), "b");
}

TEST_F(OverridesTest, TokenOwnerIsTheActorWhateverTheRequestSays) {
    caller_ = {.actor = "ops", .role = core::Role::operator_, .authenticated = true};
    EXPECT_EQ(create(request())->actor(), "ops");
}

TEST_F(OverridesTest, RefusesABadForm) {
    const auto with = [&](auto change) {
        auto bad = request();
        change(bad);
        return refusal(bad);
    };
    EXPECT_EQ(with([](auto& r) { r.set_kind("block"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.clear_from(); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.clear_to(); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_ttl_seconds(0); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_ttl_seconds(-5); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_ttl_seconds(86'401); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.clear_reason(); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_reason(std::string(2000, 'x')); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.clear_actor(); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_share_percent(101); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_share_percent(-1); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_scope_tag("team"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_scope_tag("=x"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_scope_tag("a=b,c=d"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_scope_account("nobody"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(with([](auto& r) { r.set_idempotency_key(std::string(300, 'k')); }), ErrorCode::invalid_argument);
    EXPECT_EQ(goes_to("a"), "a");
    EXPECT_EQ(audit().front(), "override.create a invalid_argument");
}

TEST_F(OverridesTest, RefusesModelsThatDoNotFit) {
    EXPECT_EQ(refusal(request("nope", "b")), ErrorCode::model_not_found);
    EXPECT_EQ(refusal(request("a", "nope")), ErrorCode::model_not_found);
    EXPECT_EQ(refusal(request("a", "a")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(request("fast", "a")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(request("a", "vector")), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(request("a", "sim/unlisted")), ErrorCode::ok);
}

TEST_F(OverridesTest, SecondOfTheSameModelConflictsWithTheFirst) {
    const auto first = create(request("a", "b"));
    const auto second = create(request("fast", "c"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(second.error().conflict_id, first->id());
}

TEST_F(OverridesTest, DisjointScopesStandSideBySide) {
    const auto scoped = [&](const std::string& account, const std::string& tag, const std::string& to) {
        auto r = request("a", to);
        r.set_scope_account(account);
        r.set_scope_tag(tag);
        return refusal(r);
    };
    EXPECT_EQ(scoped("ci", "", "b"), ErrorCode::ok);
    EXPECT_EQ(scoped("web", "", "c"), ErrorCode::ok);
    EXPECT_EQ(scoped("", "", "c"), ErrorCode::conflict);
    EXPECT_EQ(scoped("", "team=x", "c"), ErrorCode::conflict) << "a request of ci may carry the tag";
    EXPECT_EQ(goes_to("a", "ci"), "b");
    EXPECT_EQ(goes_to("a", "web"), "c");
    EXPECT_EQ(goes_to("a"), "a");
}

TEST_F(OverridesTest, TagsDivideByValue) {
    auto red = request("a", "b"), blue = request("a", "c"), other = request("a", "c");
    red.set_scope_tag("team=red");
    blue.set_scope_tag("team=blue");
    other.set_scope_tag("pool=x");
    EXPECT_EQ(refusal(red), ErrorCode::ok);
    EXPECT_EQ(refusal(blue), ErrorCode::ok);
    EXPECT_EQ(refusal(other), ErrorCode::conflict);
    EXPECT_EQ(goes_to("a", "", "pool=x,team=red"), "b");
    EXPECT_EQ(goes_to("a", "", "team=blue"), "c");
    EXPECT_EQ(goes_to("a", "", "team=redder"), "a");
    EXPECT_EQ(goes_to("a", "", "steam=red"), "a");
}

TEST_F(OverridesTest, ShareMovesSoManyOfAHundred) {
    auto half = request();
    half.set_share_percent(50);
    ASSERT_TRUE(create(half));
    EXPECT_EQ(goes_to("a", "", "", 49), "b");
    EXPECT_EQ(goes_to("a", "", "", 50), "a");
}

TEST_F(OverridesTest, RefusesCirclesOfAnyLength) {
    const auto first = create(request("a", "b"));
    auto back = create(request("b", "a"));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, ErrorCode::conflict);
    EXPECT_EQ(back.error().conflict_id, first->id());
    ASSERT_TRUE(create(request("b", "c")));
    EXPECT_EQ(refusal(request("c", "a")), ErrorCode::conflict);
}

TEST_F(OverridesTest, IdempotencyKeyAnswersWithTheFirst) {
    auto keyed = request();
    keyed.set_idempotency_key("k1");
    const auto first = create(keyed);
    advance(10s);
    const auto again = create(keyed);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id(), first->id());
    EXPECT_EQ(store_.overrides(false, at_.wall)->size(), 1U);

    auto other = request("b", "c");
    other.set_idempotency_key("k1");
    EXPECT_EQ(refusal(other), ErrorCode::conflict);

    restart();
    EXPECT_EQ(create(keyed)->id(), first->id()) << "also after a restart";
    advance(2h);
    overrides_->tick(at_);
    EXPECT_EQ(create(keyed)->state(), "ended") << "also when it has ended";
    advance(23h);
    overrides_->tick(at_);
    EXPECT_NE(create(keyed)->id(), first->id());
}

TEST_F(OverridesTest, EndsByItselfAtItsInstant) {
    ASSERT_TRUE(create(request()));
    EXPECT_EQ(overrides_->tick(at_), at_.now + 60s);
    advance(60s - 1ns);
    EXPECT_EQ(goes_to("a"), "b");
    advance(1ns);
    EXPECT_EQ(goes_to("a"), "a") << "before anybody ticks";
    EXPECT_EQ(overrides_->tick(at_), never);
    EXPECT_TRUE(rules_->rows.empty());
    const auto row = store_.overrides(false, at_.wall)->front();
    EXPECT_EQ(row.ended, row.expires);
    EXPECT_EQ(row.ended_by, "expiry");
    EXPECT_EQ(overrides_->list(false, at_)->overrides(0).state(), "ended");
    EXPECT_EQ(store_.events(0, 1)->front().kind, "override_ended");
    EXPECT_EQ(audit().back(), "override.end override 1 ok");
}

TEST_F(OverridesTest, ANewOneMayFollowAnExpiredOneBeforeTheTick) {
    ASSERT_TRUE(create(request()));
    advance(61s);
    EXPECT_EQ(refusal(request("a", "c")), ErrorCode::ok);
    EXPECT_EQ(goes_to("a"), "c");
}

TEST_F(OverridesTest, WhatIsShownFollowsEnforcementWhenTheWallClockIsSet) {
    const auto id = create(request())->id();
    for (const Nanos step : {Nanos(-2h), Nanos(4h)}) {
        at_.wall = at_.wall + step;
        EXPECT_EQ(goes_to("a"), "b");
        const auto shown = overrides_->active(at_).front();
        EXPECT_EQ(shown.state(), "active");
        EXPECT_EQ(shown.expires_unix_us(), (at_.wall + 60s).unix_us);
    }
    v1::ExtendOverrideRequest more;
    more.set_id(id);
    more.set_by_seconds(30);
    more.set_actor("bo");
    EXPECT_EQ(overrides_->extend(more, caller_, at_)->expires_unix_us(), (at_.wall + 90s).unix_us);
    advance(89s);
    EXPECT_EQ(goes_to("a"), "b");
    at_.wall = at_.wall + -3h;
    advance(1s);
    EXPECT_EQ(overrides_->list(false, at_)->overrides(0).state(), "ended") << "before the tick too";
    overrides_->tick(at_);
    const auto ended = overrides_->list(false, at_)->overrides(0);
    EXPECT_EQ(ended.state(), "ended");
    EXPECT_EQ(ended.ended_unix_us(), at_.wall.unix_us);
}

TEST_F(OverridesTest, BlanksAreNeitherAReasonNorAName) {
    auto blank = request();
    blank.set_reason(" \t\n");
    EXPECT_EQ(refusal(blank), ErrorCode::invalid_argument);
    blank = request();
    blank.set_actor("  ");
    EXPECT_EQ(refusal(blank), ErrorCode::invalid_argument);
    auto padded = request();
    padded.set_reason("  provider outage\n");
    padded.set_actor(" ana ");
    const auto made = create(padded);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->reason(), "provider outage");
    EXPECT_EQ(made->actor(), "ana");
}

TEST_F(OverridesTest, RestartRestoresWhatIsLeftOfTheLease) {
    ASSERT_TRUE(create(request()));
    advance(40s);
    at_.now = Instant(5s);  // another process, another monotonic clock
    restart();
    EXPECT_EQ(goes_to("a"), "b");
    advance(20s);
    EXPECT_EQ(goes_to("a"), "a");
}

TEST_F(OverridesTest, RestartEndsWhatRanOutMeanwhile) {
    ASSERT_TRUE(create(request()));
    advance(2h);
    restart();
    EXPECT_EQ(goes_to("a"), "a");
    EXPECT_EQ(store_.overrides(false, at_.wall)->front().ended_by, "expiry");
}

TEST_F(OverridesTest, AClockSetBackDoesNotStretchALease) {
    ASSERT_TRUE(create(request()));
    at_.wall.unix_us -= std::int64_t{1000} * 3600 * 1'000'000;
    restart();
    EXPECT_LE(rules_->rows.at(0).expires, at_.now + limits::override_ttl_max);
}

TEST_F(OverridesTest, StoreFailureMeansNothingTookEffect) {
    for (const std::uint64_t nth : {1, 2}) {  // the intent, the row
        store_.fail_nth(nth);
        EXPECT_EQ(refusal(request()), ErrorCode::store_failed);
        EXPECT_EQ(goes_to("a"), "a");
        EXPECT_TRUE(overrides_->active(at_).empty());
    }
    store_.fail_nth(0);
    EXPECT_EQ(refusal(request()), ErrorCode::ok);
}

TEST_F(OverridesTest, ALostResultOfTheAuditDoesNotUndoTheAct) {
    store_.fail_nth(3);
    EXPECT_EQ(refusal(request()), ErrorCode::ok);
    EXPECT_EQ(goes_to("a"), "b");
}

TEST_F(OverridesTest, ExtendsWithinTheLongestLease) {
    const auto id = create(request())->id();
    v1::ExtendOverrideRequest more;
    more.set_id(id);
    more.set_by_seconds(900);
    more.set_actor("bo");
    auto longer = overrides_->extend(more, caller_, at_);
    ASSERT_TRUE(longer);
    EXPECT_EQ(longer->expires_unix_us() - longer->created_unix_us(), 960'000'000);
    advance(959s);
    EXPECT_EQ(goes_to("a"), "b");
    const auto refused = [&](std::int64_t which, std::int64_t seconds) {
        more.set_id(which);
        more.set_by_seconds(seconds);
        auto done = overrides_->extend(more, caller_, at_);
        return done ? ErrorCode::ok : done.error().code;
    };
    EXPECT_EQ(refused(id, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(refused(id, 86'400), ErrorCode::invalid_argument);
    EXPECT_EQ(refused(77, 60), ErrorCode::not_found);
    advance(1s);
    EXPECT_EQ(refused(id, 60), ErrorCode::invalid_argument) << "it has ended";
}

TEST_F(OverridesTest, FailedExtensionKeepsTheOldEnd) {
    v1::ExtendOverrideRequest more;
    more.set_id(create(request())->id());
    more.set_by_seconds(60);
    store_.fail_nth(2);
    EXPECT_EQ(overrides_->extend(more, caller_, at_).error().code, ErrorCode::store_failed);
    advance(60s);
    EXPECT_EQ(goes_to("a"), "a");
}

TEST_F(OverridesTest, EndsOnRequestAndTwiceIsFine) {
    v1::EndOverrideRequest stop;
    stop.set_id(create(request())->id());
    advance(40s);
    auto ended = overrides_->end(stop, caller_, at_);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->ended_by(), "local");
    EXPECT_EQ(ended->state(), "ended");
    EXPECT_EQ(goes_to("a"), "a");
    EXPECT_TRUE(overrides_->end(stop, caller_, at_));
    stop.set_id(99);
    EXPECT_EQ(overrides_->end(stop, caller_, at_).error().code, ErrorCode::not_found);
}

TEST_F(OverridesTest, TakenBackAtOnceIsUndone) {
    v1::EndOverrideRequest stop;
    stop.set_id(create(request())->id());
    advance(5s);
    EXPECT_EQ(overrides_->end(stop, caller_, at_)->state(), "undone");
}

TEST_F(OverridesTest, ListsNewestFirstWithWhatTheyMoved) {
    ASSERT_TRUE(create(request("a", "b")));
    ASSERT_TRUE(create(request("c", "b")));
    rules_->match("a", "", "", at_.now, 0)->diverted->fetch_add(7);
    auto all = overrides_->list(true, at_);
    ASSERT_EQ(all->overrides_size(), 2);
    EXPECT_EQ(all->overrides(0).from(), "c");
    EXPECT_EQ(all->overrides(1).diverted(), 7);
    advance(61s);
    EXPECT_EQ(overrides_->list(true, at_)->overrides_size(), 0);
    EXPECT_EQ(overrides_->list(false, at_)->overrides_size(), 2);
    store_.fail_nth(1);
    EXPECT_EQ(overrides_->list(false, at_).error().code, ErrorCode::store_failed);
}

TEST_F(OverridesTest, ATargetThatLeavesTheConfigurationEndsItsRedirects) {
    ASSERT_TRUE(create(request("a", "b")));
    auto without = std::make_shared<core::Config>(*make_config());
    std::erase_if(without->models, [](const auto& model) { return model.name == "b"; });
    overrides_->adopt(core::RoutingTable(without, lanes_), at_);
    EXPECT_EQ(goes_to("a"), "a");
    EXPECT_TRUE(overrides_->active(at_).empty());
}

TEST_F(OverridesTest, TheTableIsBounded) {
    auto big = std::make_shared<core::Config>(*make_config());
    for (std::size_t i = 0; i <= limits::overrides_active_max; ++i) {
        auto model = big->models.front();
        model.name = "m" + std::to_string(i);
        big->models.push_back(model);
    }
    table_ = std::make_shared<core::RoutingTable>(big, lanes_);
    for (std::size_t i = 0; i < limits::overrides_active_max; ++i) {
        ASSERT_EQ(refusal(request("m" + std::to_string(i), "a")), ErrorCode::ok);
    }
    EXPECT_EQ(refusal(request("m" + std::to_string(limits::overrides_active_max), "a")), ErrorCode::limit_reached);
}

}  // namespace
}  // namespace signalbox::control
