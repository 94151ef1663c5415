#include "engine/control/doctor.h"

#include <gtest/gtest.h>

#include "tests/unit/control/fixture.h"

namespace signalbox::control {
namespace {

constexpr Moment started{Instant{1h}, WallTime{1'780'056'000'000'000}};

Moment later(Nanos up, Nanos clock_put = 0s) {
    return {started.now + up, started.wall + up + clock_put};
}

v1::SnapshotResponse busy_gateway(const char* health, std::int64_t samples) {
    v1::SnapshotResponse out;
    out.mutable_totals()->set_requests_total(100);
    v1::Breaker* breaker = out.add_breakers();
    breaker->set_target("sim/up-b#k1");
    breaker->set_health(health);
    breaker->set_samples(samples);
    return out;
}

TEST(DoctorTest, ATargetNobodyHasTriedIsUnproven) {
    const auto fresh = busy_gateway("new", 0);
    const auto found = traffic_findings({started, later(1h), fresh});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].rule(), "unproven");
    EXPECT_EQ(found[0].severity(), "hint");
    EXPECT_EQ(found[0].object(), "sim/up-b#k1");
    EXPECT_TRUE(traffic_findings({started, later(59min), fresh}).empty()) << "too early to tell";
    auto idle = fresh;
    idle.mutable_totals()->set_requests_total(99);
    EXPECT_TRUE(traffic_findings({started, later(1h), idle}).empty()) << "nobody came at all";
    EXPECT_TRUE(traffic_findings({started, later(1h), busy_gateway("new", 1)}).empty());
    EXPECT_TRUE(traffic_findings({started, later(1h), busy_gateway("full", 0)}).empty());
}

TEST(DoctorTest, AClockThatWasMovedIsTold) {
    const v1::SnapshotResponse quiet;
    EXPECT_TRUE(traffic_findings({started, later(5min, 9s), quiet}).empty()) << "NTP may trim it";
    auto found = traffic_findings({started, later(5min, 3h), quiet});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].rule(), "clock_moved");
    EXPECT_NE(found[0].problem().find("forward by 3 h"), std::string::npos) << found[0].problem();
    found = traffic_findings({started, later(5min, -20s), quiet});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].problem().find("back by 20 s"), std::string::npos) << found[0].problem();
}

TEST(DoctorTest, ProblemsOfPolicyBecomeFindingsAndOthersDoNot) {
    v1::SnapshotResponse snapshot;
    for (const auto* kind : {"breaker_open", "double_retry", "truncated_inputs", "shed_while_idle"}) {
        v1::Problem* row = snapshot.add_problems();
        row->set_kind(kind);
        row->set_severity(kind == std::string("shed_while_idle") ? "critical" : "warn");
        row->set_text("told");
    }
    const auto found = traffic_findings({started, later(1s), snapshot});
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].severity(), "warning");
    EXPECT_EQ(found[2].severity(), "error");
    for (const auto& one : found) EXPECT_FALSE(one.remedy().empty()) << one.rule();
}

TEST(DoctorTest, TheConfigurationAndTheTrafficAreOneListWorstFirst) {
    auto config = small_config();
    config.models[0].deployments[0].retires = "2026-01-01";
    const auto answer = examine(config, {started, later(1h), busy_gateway("new", 0)});
    ASSERT_GT(answer.findings_size(), 3);
    EXPECT_EQ(answer.findings(0).rule(), "retired");
    EXPECT_EQ(answer.findings(0).field(), "models[0].deployments[0].retires");
    EXPECT_EQ(answer.findings(answer.findings_size() - 1).severity(), "hint");
    EXPECT_TRUE(std::ranges::any_of(answer.findings(), [](const auto& one) { return one.rule() == "unproven"; }));
}

TEST(DoctorTest, ADayIsOneOfUtc) {
    EXPECT_EQ(day_of(WallTime{0}), std::chrono::sys_days{});
    EXPECT_EQ(day_of(WallTime{86'400'000'000}), std::chrono::sys_days(std::chrono::days(1)));
    EXPECT_EQ(day_of(WallTime{-1}), std::chrono::sys_days(std::chrono::days(-1)));
}

}  // namespace
}  // namespace signalbox::control
