#include "engine/control/slot_reports.h"

#include <gtest/gtest.h>

#include <limits>

namespace signalbox::control {
namespace {

namespace v1 = api::v1;
using core::Provenance;
using core::SlotPhase;
using protocol::ModelState;

const Moment at{Instant(100s), WallTime{1'780'000'000'000'000}};

ModelState state(ModelState::Phase phase) {
    ModelState one;
    one.model = "m";
    one.phase = phase;
    return one;
}

core::SlotReport report_of(const ModelState& one) {
    return reports_of(protocol::ModelStates{one}, {Provenance::measured, "somewhere", true}, at).front().report;
}

TEST(SlotReports, PhaseFromWhatTheServerSays) {
    using Phase = ModelState::Phase;
    ModelState loaded = state(Phase::loaded);
    EXPECT_EQ(report_of(loaded).phase, SlotPhase::warm_idle);
    loaded.busy = 1;
    EXPECT_EQ(report_of(loaded).phase, SlotPhase::warm_busy);
    EXPECT_EQ(report_of(state(Phase::cold)).phase, SlotPhase::cold);
    EXPECT_EQ(report_of(state(Phase::loading)).phase, SlotPhase::warming);
    EXPECT_EQ(report_of(state(Phase::failed)).phase, SlotPhase::failed);
    EXPECT_EQ(report_of(state(Phase::unknown)).phase, SlotPhase::unknown);
    ModelState remote = state(Phase::cold);
    remote.remote = true;
    EXPECT_EQ(report_of(remote).phase, SlotPhase::warm_idle);
}

TEST(SlotReports, FiguresKeepTheirProvenance) {
    ModelState one = state(ModelState::Phase::loaded);
    one.kv_tokens = 32'000;
    one.warm_until_us = at.wall.unix_us + 60'000'000;
    const core::SlotReport report = report_of(one);
    EXPECT_EQ(report.seen, at.now);
    EXPECT_EQ(report.provenance, Provenance::measured);
    EXPECT_EQ(report.kv_provenance, Provenance::measured);
    EXPECT_EQ(report.source, "somewhere");
    EXPECT_TRUE(report.preempts);
    EXPECT_EQ(report.warm_until, at.now + 60s);
    EXPECT_EQ(report_of(state(ModelState::Phase::loaded)).kv_provenance, Provenance::unknown);
}

TEST(SlotReports, FiguresAreNeverSoLargeThatTheirSumsOverflow) {
    ModelState one = state(ModelState::Phase::loaded);
    one.slots = one.busy = one.kv_tokens = one.weights = std::numeric_limits<std::int64_t>::max();
    one.queued = one.kv_tokens_used = -1;
    const core::SlotReport report = report_of(one);
    for (const auto& figure : {report.total, report.busy, report.kv_tokens, report.weights}) {
        EXPECT_EQ(figure, 1'000'000'000'000'000);
    }
    EXPECT_EQ(report.queued, std::nullopt);
    EXPECT_EQ(report.kv_tokens_used, std::nullopt);
    v1::HeartbeatRequest beat;
    v1::HeartbeatModel& model = *beat.add_models();
    model.set_slots(std::numeric_limits<std::int32_t>::max());
    model.set_kv_budget_bytes(std::numeric_limits<std::int64_t>::max());
    const auto told = reports_of(beat, {Provenance::reported, "beat", false}, at).front().report;
    EXPECT_EQ(told.kv_budget, 1'000'000'000'000'000);
}

TEST(SlotReports, TimesFarFromNowAreNotBelieved) {
    ModelState one = state(ModelState::Phase::loaded);
    for (const std::int64_t odd : {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
                                   std::int64_t{0}, std::int64_t{1}}) {
        one.warm_until_us = odd;
        EXPECT_FALSE(report_of(one).warm_until) << odd;
    }
}

v1::HeartbeatRequest beat() {
    v1::HeartbeatRequest request;
    request.set_provider("p");
    request.set_sequence(1);
    request.set_memory_free_for_load_bytes(1 << 30);
    v1::HeartbeatModel* model = request.add_models();
    model->set_model("m");
    model->set_phase(v1::SLOT_PHASE_WARM_BUSY);
    model->set_slots(4);
    model->set_busy(2);
    model->set_kv_bytes_per_token(49'152);
    model->set_kv_budget_bytes(1LL << 34);
    model->set_weights_bytes(12LL << 30);
    model->set_load_time_us(8'000'000);
    return request;
}

TEST(SlotReports, HeartbeatSaysTheSame) {
    const auto reports = reports_of(beat(), {Provenance::reported, "heartbeat", false}, at);
    ASSERT_EQ(reports.size(), 1U);
    const core::SlotReport& report = reports.front().report;
    EXPECT_EQ(reports.front().model, "m");
    EXPECT_EQ(report.phase, SlotPhase::warm_busy);
    EXPECT_EQ(report.total, 4);
    EXPECT_EQ(report.busy, 2);
    EXPECT_FALSE(report.queued);
    EXPECT_EQ(report.kv_bytes_per_token, 49'152);
    EXPECT_EQ(report.kv_provenance, Provenance::reported);
    EXPECT_EQ(report.free_for_load, 1 << 30);
    EXPECT_EQ(report.load_time, 8s);
}

TEST(SlotReports, HeartbeatOfADrainingProviderAndOfNonsense) {
    v1::HeartbeatRequest request = beat();
    request.set_draining(true);
    EXPECT_EQ(reports_of(request, {}, at).front().report.phase, SlotPhase::draining);
    request = beat();
    v1::HeartbeatModel& model = *request.mutable_models(0);
    model.set_phase(static_cast<v1::SlotPhase>(99));
    model.set_slots(-1);
    model.set_kv_budget_bytes(-1);
    model.set_load_time_us(std::numeric_limits<std::int64_t>::max());
    request.set_memory_free_for_load_bytes(-5);
    const core::SlotReport report = reports_of(request, {}, at).front().report;
    EXPECT_EQ(report.phase, SlotPhase::unknown);
    EXPECT_FALSE(report.total || report.kv_budget || report.free_for_load);
    EXPECT_FALSE(report.load_time);
}

TEST(SlotReports, FindsTheModelByItsNames) {
    const std::vector<ModelReport> reports = {{"llama3.2:latest", {}}, {"qwen:8b", {}}};
    EXPECT_EQ(report_for("llama3.2", reports, false), &reports[0]);
    EXPECT_EQ(report_for("llama3.2:latest", reports, false), &reports[0]);
    EXPECT_EQ(report_for("qwen:8b", reports, false), &reports[1]);
    EXPECT_EQ(report_for("qwen", reports, false), nullptr);
    EXPECT_EQ(report_for("latest", reports, false), nullptr);
    EXPECT_EQ(report_for("any", reports, true), nullptr);  // one of two
    EXPECT_EQ(report_for("any", std::span(reports).first(1), true), &reports[0]);
}

TEST(CarryOver, PhaseLastsFromWhereItWasFirstSeen) {
    core::SlotReport before, next;
    next.seen = Instant(10s);
    next.phase = SlotPhase::warming;
    carry_over(before, next);
    EXPECT_EQ(next.phase_since, Instant{});  // it may have begun long before
    before = next;
    next.seen = Instant(13s);
    carry_over(before, next);
    EXPECT_EQ(next.phase_since, Instant{});
    before.phase = SlotPhase::cold;
    carry_over(before, next);
    EXPECT_EQ(next.phase_since, Instant(13s));
}

TEST(CarryOver, LoadTimeIsSeenWhereItIsNotTold) {
    core::SlotReport cold, warming, warm;
    cold.seen = Instant(1s);
    cold.phase = SlotPhase::cold;
    warming.seen = Instant(4s);
    warming.phase = SlotPhase::warming;
    carry_over(cold, warming);
    warm.seen = Instant(13s);
    warm.phase = SlotPhase::warm_idle;
    carry_over(warming, warm);
    EXPECT_EQ(warm.load_time, 9s);
    core::SlotReport busy;
    busy.seen = Instant(16s);
    busy.phase = SlotPhase::warm_busy;
    carry_over(warm, busy);
    EXPECT_EQ(busy.load_time, 9s);
    EXPECT_EQ(busy.phase_since, Instant(13s));
    core::SlotReport told = busy;
    told.load_time = 7s;
    carry_over(busy, told);
    EXPECT_EQ(told.load_time, 7s);
}

}  // namespace
}  // namespace signalbox::control
