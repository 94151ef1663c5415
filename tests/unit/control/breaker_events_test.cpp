#include "engine/control/breaker_events.h"

#include <gtest/gtest.h>

#include "engine/control/target_names.h"
#include "tests/unit/control/fixture.h"

namespace signalbox::control {
namespace {

class BreakerEventsTest : public testing::Test {
  protected:
    BreakerEventsTest() {
        fleet_ = router_.view();
        lane_ = find_target("sim/up-a#k1", *fleet_.table)->lanes.front()->id;
        target_ = "sim/up-a#k1";
    }
    core::Health& health() { return state().health; }
    core::LaneState& state() { return fleet_.lanes[static_cast<std::size_t>(lane_)]; }
    void pass(Nanos time) {
        at_.now += time;
        at_.wall = at_.wall + time;
    }
    void outcome(ErrorCode code, bool probe = false) {
        health().note({.code = code, .status = 404, .request_id = {}, .probe = probe, .began = {}}, at_.now, config_,
                      0);
    }
    void fail(ErrorCode code, int times) {
        for (int i = 0; i < times; ++i) outcome(code);
    }
    void probe(ErrorCode code) {
        if (health().open_until() > at_.now) pass(health().open_until() - at_.now);
        health().claim_probe(at_.now, at_.now + 60s);
        look();
        outcome(code, true);
    }
    // The kinds since the last call.
    std::vector<std::string> look() {
        std::vector<std::string> kinds;
        for (auto& event : events_.look(fleet_, at_)) {
            EXPECT_EQ(event.target, target_);
            kinds.push_back(event.kind);
            last_ = std::move(event);
        }
        return kinds;
    }

    using Kinds = std::vector<std::string>;
    Moment at_{Instant{1h}, WallTime{1'780'056'000'000'000}};
    core::HealthConfig config_;
    flow::Router router_{std::make_shared<core::Config>(small_config())};
    flow::FleetView fleet_;
    core::LaneId lane_ = 0;
    std::string target_;
    BreakerEvents events_;
    BreakerEvent last_;
};

TEST_F(BreakerEventsTest, HealthIsSilent) {
    EXPECT_EQ(look(), Kinds{});
    outcome(ErrorCode::ok);
    outcome(ErrorCode::upstream_server_error);
    EXPECT_EQ(look(), Kinds{});
}

TEST_F(BreakerEventsTest, AStructuralCauseIsCriticalAndNamed) {
    fail(ErrorCode::upstream_not_found, 2);
    EXPECT_EQ(look(), Kinds{"breaker_opened"});
    EXPECT_EQ(last_.severity, "critical");
    EXPECT_TRUE(last_.text.starts_with("model not found at sim/up-a#k1 since 12:00, 2 calls wasted")) << last_.text;
    EXPECT_EQ(look(), Kinds{}) << "told once";
}

TEST_F(BreakerEventsTest, AFaultIsAWarning) {
    fail(ErrorCode::upstream_server_error, 5);
    EXPECT_EQ(look(), Kinds{"breaker_opened"});
    EXPECT_EQ(last_.severity, "warn");
}

TEST_F(BreakerEventsTest, TheEndTellsWhatTheOutageCost) {
    fail(ErrorCode::upstream_not_found, 2);
    look();
    probe(ErrorCode::upstream_not_found);
    EXPECT_EQ(look(), Kinds{"breaker_probe_failed"});
    EXPECT_EQ(last_.severity, "info") << "nothing new";
    pass(3h);
    state().diverted = 380;
    state().served_by = find_target("sim/up-b#k1", *fleet_.table)->lanes.front()->id;
    look();
    probe(ErrorCode::ok);
    state().diverted = 0;  // as the fleet forgets it
    state().served_by = -1;
    EXPECT_EQ(look(), Kinds{"breaker_closed"});
    EXPECT_TRUE(last_.text.starts_with("traffic returns after 3 h 0 min: 3 calls wasted")) << last_.text;
    EXPECT_TRUE(last_.text.ends_with("380 requests diverted to sim/up-b#k1")) << last_.text;
    EXPECT_EQ(look(), Kinds{});
}

TEST_F(BreakerEventsTest, WhatHappensBetweenTwoLooksIsNotLost) {
    fail(ErrorCode::upstream_not_found, 2);
    pass(health().open_until() - at_.now);
    health().claim_probe(at_.now, at_.now + 60s);
    outcome(ErrorCode::ok, true);
    EXPECT_EQ(look(), (Kinds{"breaker_opened", "breaker_closed"}));
}

TEST_F(BreakerEventsTest, OpeningAgainInTheSameOutageIsNoNewAlert) {
    fail(ErrorCode::upstream_not_found, 2);
    look();
    probe(ErrorCode::ok);
    look();
    pass(1s);
    fail(ErrorCode::upstream_not_found, 2);
    EXPECT_EQ(look(), Kinds{"breaker_opened"});
    EXPECT_EQ(last_.severity, "warn");
}

TEST_F(BreakerEventsTest, ARefusedKeyIsOneEventForAllItsModels) {
    target_ = "sim#k2";
    const core::KeyId key = find_target("sim/up-a#k2", *fleet_.table)->lanes.front()->key_id;
    core::Health& health = fleet_.keys[static_cast<std::size_t>(key)].health;
    for (int i = 0; i < 2; ++i) {
        health.note({ErrorCode::upstream_unauthorized, 401, {}, false, {}}, at_.now, config_, 0);
    }
    EXPECT_EQ(look(), Kinds{"breaker_opened"});
    EXPECT_EQ(last_.severity, "critical");
    EXPECT_TRUE(last_.text.starts_with("key refused at sim#k2")) << last_.text;
}

TEST_F(BreakerEventsTest, LanesAddedByAReloadAreWatched) {
    look();
    target_ = "sim/new";
    fleet_.lanes.emplace_back();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < fleet_.lane_names.size(); ++i) names.push_back(fleet_.lane_names[i]);
    names.push_back(target_);
    fleet_.lane_names = flow::Names(std::move(names));
    for (int i = 0; i < 2; ++i) {
        fleet_.lanes.back().health.note({ErrorCode::tls_failed, 0, {}, false, {}}, at_.now, config_, 0);
    }
    EXPECT_EQ(look(), Kinds{"breaker_opened"});
}

}  // namespace
}  // namespace signalbox::control
