#include "engine/control/breaker_acts.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/sim/memory_store.h"
#include "tests/unit/control/fixture.h"

namespace signalbox::control {
namespace {

using Names = std::vector<std::string>;

class BreakerActsTest : public testing::Test {
  protected:
    static v1::ActOnBreakerRequest order(const std::string& act, const std::string& target = "sim/up-a#k1") {
        v1::ActOnBreakerRequest out;
        out.set_act(act);
        out.set_target(target);
        out.set_reason(" outage ");
        out.set_actor("ana");
        if (act.starts_with("hold")) out.set_ttl_seconds(60);
        return out;
    }
    // "ok", or the code of the refusal.
    std::string done(const v1::ActOnBreakerRequest& request) {
        const auto answer = acts_.act(request, caller_, at_);
        return answer ? "ok" : std::string(to_string(answer.error().code));
    }
    std::string drain(const std::string& target, bool end = false, const std::string& reason = "maintenance") {
        v1::DrainTargetRequest request;
        request.set_target(target);
        request.set_end(end);
        request.set_reason(reason);
        if (!end) request.set_actor("ana");
        const auto answer = acts_.drain(request, caller_, at_);
        return answer ? "ok" : std::string(to_string(answer.error().code));
    }
    void pass(Nanos time) {
        at_.now += time;
        at_.wall = at_.wall + time;
    }
    void break_lane(const std::string& model) {
        for (int i = 0; i < 8; ++i) send_one(router_, model, ErrorCode::upstream_not_found, at_);
    }
    [[nodiscard]] core::LaneState lane(const std::string& name) const {
        const auto view = router_.view();
        return view.lanes[static_cast<std::size_t>(find_target(name, *view.table)->lanes.front()->id)];
    }
    [[nodiscard]] core::HoldKind held(const std::string& name) const { return lane(name).health.held(at_.now); }
    [[nodiscard]] bool draining(const std::string& name) const {
        const auto view = router_.view();
        return view.deployments[static_cast<std::size_t>(find_deployment(name, *view.table)->deployment->id)].draining;
    }
    // "action result", oldest first.
    Names audit() {
        Names out;
        for (const auto& row : *store_.audit(0, 100)) out.insert(out.begin(), row.action + " " + row.result);
        return out;
    }
    Names events() {
        Names out;
        for (const auto& row : *store_.events(0, 100)) out.insert(out.begin(), row.kind);
        return out;
    }

    Moment at_{Instant{1h}, WallTime{1'780'056'000'000'000}};
    sim::MemoryStore store_;
    NullLog log_;
    flow::Router router_{std::make_shared<core::Config>(small_config()), nullptr, at_};
    Trail trail_{store_, log_};
    Caller caller_{.role = core::Role::operator_};
    BreakerActs acts_{router_, trail_};
};

TEST_F(BreakerActsTest, AHoldOfOneLaneReachesTheRouterWithItsWords) {
    const auto answer = acts_.act(order("hold_open"), caller_, at_);
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, Names{"sim/up-a#k1"});
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::open);
    EXPECT_EQ(held("sim/up-a#k2"), core::HoldKind::none);
    ASSERT_EQ(acts_.holds().size(), 1U);
    const HoldNote& note = acts_.holds().begin()->second;
    EXPECT_EQ(note.target, "sim/up-a#k1");
    EXPECT_EQ(note.reason, "outage") << "without the blanks";
    EXPECT_EQ(note.actor, "ana");
    EXPECT_EQ(note.expires, at_.now + 60s);
    EXPECT_EQ(send_one(router_, "a", ErrorCode::ok, at_),
              find_target("sim/up-a#k2", *router_.rules().table)->lanes[0]->id);
}

TEST_F(BreakerActsTest, WithoutAKeyEveryLaneIsMeant) {
    const auto answer = acts_.act(order("hold_closed", "sim/up-a"), caller_, at_);
    EXPECT_EQ(*answer, (Names{"sim/up-a#k1", "sim/up-a#k2"}));
    EXPECT_EQ(acts_.holds().size(), 2U);
    EXPECT_EQ(held("sim/up-a#k2"), core::HoldKind::closed);
}

TEST_F(BreakerActsTest, EveryActIsAuditedBeforeAndAfter) {
    break_lane("a");
    ASSERT_EQ(done(order("hold_closed")), "ok");
    EXPECT_EQ(audit(), (Names{"breaker.hold_closed intent", "breaker.hold_closed ok"}));
    const auto row = store_.audit(0, 1)->front();
    EXPECT_EQ(row.actor, "ana");
    EXPECT_EQ(row.before, "open");
    EXPECT_EQ(row.after, "held closed until 2026-05-29T12:01:00Z");
    EXPECT_EQ(row.reason, "outage");
    EXPECT_EQ(events(), Names{"breaker_hold_closed"});
}

TEST_F(BreakerActsTest, AnIncompleteOrderIsRefusedAndAudited) {
    auto request = order("hold_open");
    request.set_act("burn");
    EXPECT_EQ(done(request), "invalid_argument");
    for (const std::int64_t ttl : {std::int64_t{0}, std::int64_t{-1}, limits::hold_max / 1s + 1}) {
        request = order("hold_open");
        request.set_ttl_seconds(ttl);
        EXPECT_EQ(done(request), "invalid_argument") << ttl;
    }
    request = order("hold_open");
    request.set_reason(" \n");
    EXPECT_EQ(done(request), "invalid_argument");
    request = order("reset");
    request.clear_actor();
    EXPECT_EQ(done(request), "invalid_argument");
    EXPECT_EQ(done(order("reset", "sim/nope")), "not_found");
    EXPECT_TRUE(acts_.holds().empty());
    EXPECT_EQ(audit().size(), 7U);
    EXPECT_EQ(audit().back(), "breaker.act not_found");
    request = order("reset");
    request.clear_actor();
    caller_ = {.actor = "token", .role = core::Role::operator_, .authenticated = true};
    EXPECT_EQ(done(request), "ok") << "a token vouches for its owner";
}

TEST_F(BreakerActsTest, NothingHappensWhenTheTrailCannotBeWritten) {
    store_.fail_nth(1);
    EXPECT_EQ(done(order("hold_open")), "store_failed");
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::none);
    EXPECT_TRUE(acts_.holds().empty());
    store_.fail_nth(1);
    EXPECT_EQ(drain("sim/up-a"), "store_failed");
    EXPECT_FALSE(draining("sim/up-a"));
}

TEST_F(BreakerActsTest, AHoldEndsByItselfAndThatIsTold) {
    ASSERT_EQ(done(order("hold_open")), "ok");
    EXPECT_EQ(acts_.tick(at_), at_.now + 60s);
    pass(59s);
    EXPECT_EQ(acts_.tick(at_), at_.now + 1s);
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::open);
    pass(1s);
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::none);
    EXPECT_EQ(acts_.tick(at_), never);
    EXPECT_TRUE(acts_.holds().empty());
    EXPECT_EQ(events().back(), "breaker_hold_ended");
    EXPECT_EQ(audit().back(), "breaker.end_hold ok");
    EXPECT_EQ(acts_.tick(at_), never);
    EXPECT_EQ(events().size(), 2U) << "once";
}

TEST_F(BreakerActsTest, ALaterHoldTakesTheEarlierOnesPlace) {
    ASSERT_EQ(done(order("hold_open")), "ok");
    pass(30s);
    auto request = order("hold_closed");
    request.set_ttl_seconds(3600);
    ASSERT_EQ(done(request), "ok");
    EXPECT_EQ(acts_.tick(at_), at_.now + 1h);
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::closed);
    EXPECT_EQ(store_.audit(0, 1)->front().before, "held open until 2026-05-29T12:01:00Z");
}

TEST_F(BreakerActsTest, ResetAndEndHoldEndAHold) {
    break_lane("a");
    ASSERT_EQ(done(order("hold_open")), "ok");
    ASSERT_EQ(done(order("end_hold")), "ok");
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::none);
    EXPECT_EQ(lane("sim/up-a#k1").health.state(), core::BreakerState::open) << "as its outcomes have it";
    EXPECT_EQ(done(order("end_hold")), "invalid_argument") << "nobody holds it";
    ASSERT_EQ(done(order("hold_open")), "ok");
    ASSERT_EQ(done(order("reset")), "ok");
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::none);
    EXPECT_EQ(lane("sim/up-a#k1").health.state(), core::BreakerState::closed);
    EXPECT_TRUE(acts_.holds().empty());
}

TEST_F(BreakerActsTest, AProbeNeedsAnOpenBreakerThatNobodyHolds) {
    EXPECT_EQ(done(order("probe")), "invalid_argument") << "closed";
    break_lane("a");
    EXPECT_GT(lane("sim/up-a#k1").health.open_until(), at_.now);
    EXPECT_EQ(done(order("probe")), "ok");
    EXPECT_LE(lane("sim/up-a#k1").health.open_until(), at_.now);
    ASSERT_EQ(done(order("hold_open")), "ok");
    EXPECT_EQ(done(order("probe", "sim/up-a")), "conflict");
}

TEST_F(BreakerActsTest, DrainingAndBack) {
    ASSERT_EQ(drain("sim/up-a"), "ok");
    EXPECT_TRUE(draining("sim/up-a"));
    EXPECT_EQ(acts_.drains().at("sim/up-a").reason, "maintenance");
    EXPECT_EQ(send_one(router_, "a", ErrorCode::ok, at_), -1);
    EXPECT_EQ(audit(), (Names{"target.drain intent", "target.drain ok"}));
    EXPECT_EQ(drain("sim/up-a"), "ok");
    EXPECT_EQ(audit().size(), 2U) << "nothing changed";
    EXPECT_EQ(drain("sim/up-a", true, ""), "ok") << "no reason is needed to serve again";
    EXPECT_FALSE(draining("sim/up-a"));
    EXPECT_TRUE(acts_.drains().empty());
    EXPECT_EQ(events(), (Names{"target_draining", "target_in_service"}));
    EXPECT_EQ(store_.audit(0, 1)->front().actor, "local");
    EXPECT_EQ(drain("sim/up-a", false, ""), "invalid_argument");
    EXPECT_EQ(drain("sim/up-a#k1"), "invalid_argument") << "all keys or none";
    EXPECT_EQ(drain("sim/up-x"), "not_found");
}

TEST_F(BreakerActsTest, WarmingIsTheHooksBusiness) {
    v1::WarmTargetRequest request;
    request.set_target("sim/up-a");
    request.set_reason("launch");
    request.set_actor("ana");
    EXPECT_EQ(acts_.warm(request, caller_, at_, {}).error().code, ErrorCode::unavailable);
    Names asked;
    const auto hook = [&](const core::Deployment& deployment) -> Result<void> {
        asked.push_back(deployment.name);
        if (deployment.name == "sim/up-b") return fail(ErrorCode::unavailable, "it cannot be asked");
        return {};
    };
    EXPECT_EQ(*acts_.warm(request, caller_, at_, hook), "sim/up-a");
    EXPECT_EQ(audit().back(), "target.warm ok");
    request.set_target("sim/up-b");
    EXPECT_EQ(acts_.warm(request, caller_, at_, hook).error().message, "it cannot be asked");
    EXPECT_EQ(audit().back(), "target.warm unavailable");
    EXPECT_EQ(asked, (Names{"sim/up-a", "sim/up-b"}));
    request.set_target("sim/up-c");
    EXPECT_EQ(acts_.warm(request, caller_, at_, hook).error().code, ErrorCode::not_found);
    request.clear_reason();
    EXPECT_EQ(acts_.warm(request, caller_, at_, hook).error().code, ErrorCode::invalid_argument);
}

TEST_F(BreakerActsTest, OrdersEndWithTheTargetTheyAreAbout) {
    ASSERT_EQ(done(order("hold_open", "sim/up-a")), "ok");
    ASSERT_EQ(drain("sim/up-b"), "ok");
    ASSERT_EQ(drain("sim/up-vector"), "ok");
    auto config = small_config();
    config.models.erase(config.models.begin(), config.models.begin() + 2);
    router_.apply(std::make_shared<core::Config>(config), at_);
    acts_.adopt(*router_.rules().table, at_);
    EXPECT_TRUE(acts_.holds().empty());
    EXPECT_EQ(acts_.drains().size(), 1U) << "the vector model stays";
    router_.apply(std::make_shared<core::Config>(small_config()), at_);
    EXPECT_EQ(held("sim/up-a#k1"), core::HoldKind::none) << "also when it comes back";
    EXPECT_FALSE(draining("sim/up-b"));
    EXPECT_TRUE(draining("sim/up-vector"));
}

TEST_F(BreakerActsTest, WhateverIsSentTheTrailStaysSmallAndText) {
    std::string long_text;
    for (int i = 0; i < 1 << 19; ++i) long_text += "ü";
    auto request = order("reset", "x" + long_text);
    request.set_reason("x" + long_text);
    request.set_actor(long_text);
    EXPECT_EQ(done(request), "invalid_argument");
    const auto row = store_.audit(0, 1)->front();
    EXPECT_LE(row.object.size(), limits::name_length_max + 3);
    EXPECT_LE(row.reason.size(), limits::reason_length_max + 3);
    EXPECT_LE(row.actor.size(), limits::name_length_max + 3);
    EXPECT_EQ(to_utf8(row.object), row.object) << "no half letters";
    request = order("reset");
    request.set_reason(std::string(limits::reason_length_max + 1, 'x'));
    EXPECT_EQ(done(request), "invalid_argument");
}

}  // namespace
}  // namespace signalbox::control
