#include "engine/control/slot_reports.h"

#include <algorithm>

namespace signalbox::control {
namespace {

namespace v1 = api::v1;
using core::SlotPhase;
using core::SlotReport;

constexpr std::int64_t believable_us = 366LL * 24 * 3600 * 1'000'000;  // times further off are mistakes

constexpr std::int64_t believable_count = 1'000'000'000'000'000;  // requests, tokens or bytes

SlotPhase loaded_phase(std::int64_t busy) {
    return busy > 0 ? SlotPhase::warm_busy : SlotPhase::warm_idle;
}

SlotPhase phase_of(const protocol::ModelState& state) {
    if (state.remote) return SlotPhase::warm_idle;
    switch (state.phase) {
        case protocol::ModelState::Phase::cold:
            return SlotPhase::cold;
        case protocol::ModelState::Phase::loading:
            return SlotPhase::warming;
        case protocol::ModelState::Phase::loaded:
            return loaded_phase(state.busy.value_or(0));
        case protocol::ModelState::Phase::failed:
            return SlotPhase::failed;
        case protocol::ModelState::Phase::unknown:
            break;
    }
    return SlotPhase::unknown;
}

SlotPhase phase_of(v1::SlotPhase phase) {
    switch (phase) {
        case v1::SLOT_PHASE_COLD:
            return SlotPhase::cold;
        case v1::SLOT_PHASE_WARMING:
            return SlotPhase::warming;
        case v1::SLOT_PHASE_WARM_IDLE:
            return SlotPhase::warm_idle;
        case v1::SLOT_PHASE_WARM_BUSY:
            return SlotPhase::warm_busy;
        case v1::SLOT_PHASE_DRAINING:
            return SlotPhase::draining;
        case v1::SLOT_PHASE_FAILED:
            return SlotPhase::failed;
        default:
            return SlotPhase::unknown;
    }
}

SlotReport seen_now(const ReportSource& source, Moment at) {
    SlotReport report;
    report.seen = at.now;
    report.provenance = source.provenance;
    report.preempts = source.preempts;
    report.source = source.name;
    return report;
}

std::optional<Instant> instant_of(std::optional<std::int64_t> unix_us, Moment at) {
    if (!unix_us || *unix_us <= 0) return std::nullopt;
    const std::int64_t ahead = *unix_us - at.wall.unix_us;
    if (ahead < -believable_us || ahead > believable_us) return std::nullopt;
    return at.now + std::chrono::microseconds(ahead);
}

// A figure that was said and may be true; never so large that sums of it could overflow.
std::optional<std::int64_t> count_of(bool said, std::int64_t figure) {
    return said && figure >= 0 ? std::optional(std::min(figure, believable_count)) : std::nullopt;
}

std::optional<std::int64_t> count_of(std::optional<std::int64_t> figure) {
    return count_of(figure.has_value(), figure.value_or(0));
}

SlotReport report_of(const v1::HeartbeatModel& model, SlotReport report) {
    report.phase = phase_of(model.phase());
    report.total = count_of(model.has_slots(), model.slots());
    report.busy = count_of(model.has_busy(), model.busy());
    report.queued = count_of(model.has_queued(), model.queued());
    report.kv_bytes_per_token = count_of(model.has_kv_bytes_per_token(), model.kv_bytes_per_token());
    report.kv_budget = count_of(model.has_kv_budget_bytes(), model.kv_budget_bytes());
    report.kv_used = count_of(model.has_kv_used_bytes(), model.kv_used_bytes());
    report.weights = count_of(model.has_weights_bytes(), model.weights_bytes());
    if (report.kv_bytes_per_token || report.kv_budget) report.kv_provenance = report.provenance;
    const auto load_time = count_of(model.has_load_time_us(), model.load_time_us());
    if (load_time && *load_time <= believable_us) report.load_time = std::chrono::microseconds(*load_time);
    return report;
}

bool in_memory(SlotPhase phase) {
    return phase == SlotPhase::warm_idle || phase == SlotPhase::warm_busy;
}

}  // namespace

std::vector<ModelReport> reports_of(const protocol::ModelStates& states, const ReportSource& source, Moment at) {
    std::vector<ModelReport> reports;
    for (const protocol::ModelState& state : states) {
        SlotReport report = seen_now(source, at);
        report.phase = phase_of(state);
        report.total = count_of(state.slots);
        report.busy = count_of(state.busy);
        report.queued = count_of(state.queued);
        report.kv_tokens = count_of(state.kv_tokens);
        report.kv_tokens_used = count_of(state.kv_tokens_used);
        if (state.kv_tokens) report.kv_provenance = source.provenance;
        report.weights = count_of(state.weights);
        report.warm_until = instant_of(state.warm_until_us, at);
        reports.push_back({state.model, std::move(report)});
    }
    return reports;
}

std::vector<ModelReport> reports_of(const v1::HeartbeatRequest& beat, const ReportSource& source, Moment at) {
    SlotReport common = seen_now(source, at);
    common.free_for_load = count_of(beat.has_memory_free_for_load_bytes(), beat.memory_free_for_load_bytes());
    std::vector<ModelReport> reports;
    for (const v1::HeartbeatModel& model : beat.models()) {
        reports.push_back({model.model(), report_of(model, common)});
        if (beat.draining()) reports.back().report.phase = SlotPhase::draining;
    }
    return reports;
}

const ModelReport* report_for(std::string_view upstream, std::span<const ModelReport> reports, bool one_model) {
    if (one_model && reports.size() == 1) return &reports.front();
    const auto found = std::ranges::find_if(
        reports, [&](const ModelReport& one) { return protocol::same_model(upstream, one.model); });
    return found == reports.end() ? nullptr : &*found;
}

void carry_over(const SlotReport& before, SlotReport& next) {
    const bool same = before.phase == next.phase || (in_memory(before.phase) && in_memory(next.phase));
    const bool first = before.seen == Instant{};
    next.phase_since = same ? before.phase_since : first ? Instant{} : next.seen;
    if (next.load_time) return;
    next.load_time = before.load_time;
    const bool loaded = before.phase == SlotPhase::warming && in_memory(next.phase);
    if (loaded && before.phase_since != Instant{}) next.load_time = next.seen - before.phase_since;
}

}  // namespace signalbox::control
