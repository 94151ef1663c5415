#include "engine/control/drills.h"

#include <gtest/gtest.h>

#include "engine/api/methods.h"
#include "engine/base/limits.h"
#include "tests/unit/control/service_fixture.h"

namespace signalbox::control {
namespace {

v1::StartDrillRequest order(const std::string& target = "sim/up-a", const std::string& fault = "server_error") {
    v1::StartDrillRequest out;
    out.set_target(target);
    out.set_fault(fault);
    out.set_reason(" game day ");
    out.set_actor("ana");
    return out;
}

class DrillsTest : public ServiceTest {
  protected:
    // "ok", or the code of the refusal.
    std::string started(const v1::StartDrillRequest& request) {
        const auto answer = call(request);
        return answer ? "ok" : std::string(to_string(answer.error().code));
    }
    v1::Drill start(const v1::StartDrillRequest& request) {
        const auto answer = call(request);
        EXPECT_TRUE(answer) << answer.error().message;
        return answer ? answer->drill() : v1::Drill();
    }
    api::Answer<v1::StopDrillResponse> stop(std::int64_t id) {
        v1::StopDrillRequest request;
        request.set_id(id);
        request.set_actor("bob");
        return call(request);
    }
    int listed(bool active_only) {
        v1::ListDrillsRequest request;
        request.set_active_only(active_only);
        return call(request)->drills_size();
    }
    [[nodiscard]] std::size_t rows_in_force() const {
        const auto rules = router_.rules();
        return rules.drills == nullptr ? 0 : rules.drills->rows.size();
    }
    // "action result", oldest first.
    Strings audit() {
        Strings out;
        for (const auto& row : *store_.audit(0, 100)) out.insert(out.begin(), row.action + " " + row.result);
        return out;
    }
    [[nodiscard]] core::BreakerState state(const std::string& target) {
        const auto view = router_.view();
        return view.health_of(*find_target(target, *view.table)->lanes.front()).state();
    }
};

TEST_F(DrillsTest, ItIsInForceAtOnceWithItsDefaults) {
    const v1::Drill drill = start(order());
    EXPECT_EQ(drill.id(), 1);
    EXPECT_EQ(drill.share_percent(), 10);
    EXPECT_EQ(drill.reason(), "game day");
    EXPECT_EQ(drill.actor(), "ana");
    EXPECT_EQ(drill.expires_unix_us() - drill.created_unix_us(), to_us(limits::drill_ttl));
    EXPECT_FALSE(drill.has_ended_unix_us());
    const auto rules = router_.rules();
    ASSERT_NE(rules.drills, nullptr);
    const core::ActiveDrill& row = rules.drills->rows.front();
    EXPECT_EQ(row.target, "sim/up-a");
    EXPECT_EQ(row.fault, core::Fault::server_error);
    EXPECT_EQ(row.share_percent, 10);
    row.struck->fetch_add(3);
    EXPECT_EQ(call(v1::ListDrillsRequest{})->drills(0).struck(), 3);
    EXPECT_EQ(audit(), (Strings{"drill.start intent", "drill.start ok"}));
}

TEST_F(DrillsTest, WhatIsWrongIsToldAndChangesNothing) {
    const auto with = [](auto change) {
        v1::StartDrillRequest request = order();
        change(request);
        return request;
    };
    EXPECT_EQ(started(order("nobody")), "not_found");
    EXPECT_EQ(started(order("")), "not_found");
    EXPECT_EQ(started(order("sim", "meteor")), "invalid_argument");
    EXPECT_EQ(started(order("sim", "none")), "invalid_argument");
    EXPECT_EQ(started(order("sim", "status")), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) { r.set_reason(" "); })), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) { r.clear_actor(); })), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) { r.set_share_percent(101); })), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) { r.set_share_percent(-1); })), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) { r.set_ttl_seconds(3601); })), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) { r.set_ttl_seconds(-1); })), "invalid_argument");
    EXPECT_EQ(started(with([](auto& r) {
                  r.set_header_only(true);
                  r.set_share_percent(50);
              })),
              "invalid_argument");
    EXPECT_EQ(rows_in_force(), 0U);
    EXPECT_EQ(listed(false), 0);
    EXPECT_EQ(audit().size(), 12U) << "a refused order is in the audit";
}

TEST_F(DrillsTest, ANearMissIsHelped) {
    EXPECT_NE(call(order("sim/up-aa")).error().message.find("sim/up-a"), std::string::npos);
    EXPECT_NE(call(order("sim", "server_eror")).error().message.find("server_error"), std::string::npos);
}

TEST_F(DrillsTest, TargetsAreProvidersDeploymentsModelsAndAliases) {
    EXPECT_EQ(start(order("sim")).target(), "sim");
    EXPECT_EQ(start(order("sim/up-b")).target(), "sim/up-b");
    EXPECT_EQ(start(order("b")).target(), "b");
    EXPECT_EQ(start(order("fast")).target(), "a");
    EXPECT_EQ(rows_in_force(), 4U);
}

TEST_F(DrillsTest, OneDrillOfAKindPerTarget) {
    const std::int64_t first = start(order()).id();
    const auto second = call(order("sim/up-a", "cut"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(second.error().conflict_id, first);
    auto by_header = order();
    by_header.set_header_only(true);
    EXPECT_EQ(started(by_header), "ok");
    EXPECT_EQ(started(by_header), "conflict");
    by_header.set_fault("cut");
    EXPECT_EQ(started(by_header), "ok") << "the header says which of them is meant";
    ASSERT_TRUE(stop(first));
    EXPECT_EQ(started(order("sim/up-a", "cut")), "ok");
}

TEST_F(DrillsTest, ARepeatedKeyAnswersWithTheFirst) {
    auto request = order();
    request.set_idempotency_key("k");
    const v1::Drill first = start(request);
    EXPECT_EQ(start(request).id(), first.id());
    request.set_fault("cut");
    EXPECT_EQ(started(request), "conflict");
    ASSERT_TRUE(stop(first.id()));
    request.set_fault("server_error");
    EXPECT_TRUE(start(request).has_ended_unix_us()) << "a late repetition does not start it anew";
    EXPECT_EQ(rows_in_force(), 0U);
}

TEST_F(DrillsTest, ItEndsByItself) {
    auto request = order();
    request.set_ttl_seconds(30);
    start(request);
    loop_.run_for(31s);
    EXPECT_EQ(rows_in_force(), 0U);
    EXPECT_EQ(router_.rules().drills, nullptr) << "no drill costs a request nothing";
    EXPECT_EQ(listed(true), 0);
    const auto all = call(v1::ListDrillsRequest{});
    EXPECT_EQ(all->drills(0).ended_by(), "expiry");
    EXPECT_EQ(audit().back(), "drill.stop ok");
    EXPECT_EQ(event_kinds(), (Strings{"drill_started", "drill_ended"}));
}

TEST_F(DrillsTest, SomebodyStopsIt) {
    const std::int64_t id = start(order()).id();
    const auto stopped = stop(id);
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->drill().ended_by(), "bob");
    EXPECT_EQ(rows_in_force(), 0U);
    EXPECT_TRUE(stop(id)) << "two people may press the button";
    EXPECT_EQ(audit(), (Strings{"drill.start intent", "drill.start ok", "drill.stop intent", "drill.stop ok"}));
    EXPECT_EQ(stop(77).error().code, ErrorCode::not_found);
}

TEST_F(DrillsTest, ARestartedGatewayPlaysNone) {
    start(order());
    router_.set_drills(nullptr);  // the process is gone
    restart();
    EXPECT_EQ(listed(false), 0);
    EXPECT_EQ(rows_in_force(), 0U);
}

TEST_F(DrillsTest, ItEndsWithItsTarget) {
    start(order("b"));
    start(order("a"));
    ASSERT_TRUE(service_->reload("without b", {}));
    EXPECT_EQ(rows_in_force(), 1U);
    EXPECT_EQ(router_.rules().drills->rows.front().target, "a");
}

TEST_F(DrillsTest, ItIsSeenWhileItIsInForce) {
    start(order());
    auto now = snapshot();
    ASSERT_EQ(now.drills_size(), 1);
    EXPECT_EQ(kinds(now), Strings{"drill"});
    EXPECT_NE(now.problems(0).text().find("server_error at sim/up-a for 10 % of the requests until "),
              std::string::npos)
        << now.problems(0).text();
    EXPECT_NE(service_->metrics().find("signalbox_drills_active 1\n"), std::string::npos);
    ASSERT_TRUE(stop(1));
    now = snapshot();
    EXPECT_EQ(now.drills_size(), 0);
    EXPECT_TRUE(kinds(now).empty());
}

TEST_F(DrillsTest, TheAttemptsItSpoiledAreCounted) {
    ports::RequestRecord record;
    record.id = "01J00000000000000000000001";
    record.requested_model = "a";
    record.attempts.resize(3);
    record.attempts[0].drill = record.attempts[1].drill = "cut";
    meter_.offer(record);
    EXPECT_NE(service_->metrics().find("signalbox_drilled_attempts_total 2\n"), std::string::npos);
}

TEST_F(DrillsTest, BreakersItOpenedAreResetWhenItEnds) {
    break_model("b");  // broken before, for reasons of its own
    loop_.run_for(1s);
    start(order("sim", "not_found"));
    break_model("a");
    ASSERT_EQ(state("sim/up-a"), core::BreakerState::open);
    ASSERT_TRUE(stop(1));
    EXPECT_EQ(state("sim/up-a"), core::BreakerState::closed);
    EXPECT_EQ(state("sim/up-b"), core::BreakerState::open);
}

TEST_F(DrillsTest, AHeaderDrillLeavesRealOutagesAlone) {
    auto request = order("sim", "not_found");
    request.set_header_only(true);
    start(request);
    break_model("a");  // for real, then: a header drill tells nobody
    ASSERT_TRUE(stop(1));
    EXPECT_EQ(state("sim/up-a"), core::BreakerState::open);
}

TEST_F(DrillsTest, WhatCannotBeAuditedDoesNotHappen) {
    store_.fail_nth(1);
    EXPECT_EQ(started(order()), "store_failed");
    EXPECT_EQ(rows_in_force(), 0U);
}

TEST_F(DrillsTest, TooManyAreRefusedAndOldOnesForgotten) {
    for (const core::FaultInfo& info : core::fault_catalogue()) {
        for (const char* target : {"sim", "a", "b"}) {
            if (rows_in_force() == limits::drills_active_max) break;
            auto request = order(target, std::string(info.word));
            request.set_header_only(true);
            ASSERT_EQ(started(request), "ok");
        }
    }
    EXPECT_EQ(started(order()), "limit_reached");
    loop_.run_for(limits::drill_ttl + 1s);
    EXPECT_EQ(rows_in_force(), 0U);
    for (std::size_t i = 0; i < limits::drills_remembered_max + 5; ++i) {
        const std::int64_t id = start(order()).id();
        ASSERT_TRUE(stop(id));
    }
    loop_.run_for(2s);
    EXPECT_LE(listed(false), static_cast<int>(limits::drills_remembered_max));
}

TEST(DrillMethods, StartingAndStoppingAreAnOperators) {
    EXPECT_EQ(api::find_method("StartDrill")->access, api::Access::operator_);
    EXPECT_EQ(api::find_method("StopDrill")->access, api::Access::operator_);
    EXPECT_EQ(api::find_method("ListDrills")->access, api::Access::viewer);
}

}  // namespace
}  // namespace signalbox::control
