#include <array>
#include <map>
#include <optional>

#include "engine/control/metrics_parts.h"
#include "engine/core/routing/health.h"

namespace signalbox::control {
namespace {

namespace v1 = api::v1;

constexpr std::array<std::string_view, 6> breaker_words = {"",          "closed",    "open",
                                                           "half_open", "held_open", "held_closed"};
constexpr std::array<std::string_view, 8> phase_words = {"",          "unknown",   "cold",     "warming",
                                                         "warm_idle", "warm_busy", "draining", "failed"};

template <class Words, class State>
std::string_view word_of(const Words& words, State state) {
    const auto index = static_cast<std::size_t>(state);
    return index < words.size() ? words[index] : std::string_view();
}

void write_breaker_states(PrometheusText& out, const v1::SnapshotResponse& snapshot) {
    constexpr std::string_view open = "signalbox_breaker_open", states = "signalbox_deployment_breakers";
    std::map<std::string_view, std::map<std::string_view, std::int64_t>> deployments;
    out.family(open, "gauge", "0 closed, 0.5 half open, 1 open; as its operator holds it, where one does.");
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        const bool cut = breaker.state() == v1::BREAKER_STATE_OPEN || breaker.state() == v1::BREAKER_STATE_HELD_OPEN;
        const bool half = breaker.state() == v1::BREAKER_STATE_HALF_OPEN;
        out.sample(open, {{"target", breaker.target()}}, cut ? 1.0 : half ? 0.5 : 0.0);
        ++deployments[breaker.deployment()][word_of(breaker_words, breaker.state())];
    }
    out.family(states, "gauge", "Breakers of a deployment, one for each key, by their state.");
    for (const auto& [deployment, counts] : deployments) {
        for (const auto& [state, count] : counts) {
            out.sample(states, {{"deployment", deployment}, {"state", state}}, count);
        }
    }
}

template <class ValueOf>
void write_breakers(PrometheusText& out, std::string_view name, std::string_view type, std::string_view help,
                    const v1::SnapshotResponse& snapshot, ValueOf value_of) {
    out.family(name, type, help);
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (const auto value = value_of(breaker)) out.sample(name, {{"target", breaker.target()}}, *value);
    }
}

std::optional<double> alive(const v1::Breaker& breaker) {
    if (!breaker.has_free_check()) return std::nullopt;
    const std::string& verdict = breaker.free_check().verdict();
    if (verdict == core::to_string(core::FreeCheck::cannot_tell)) return 0.5;
    return verdict == core::to_string(core::FreeCheck::alive) ? 1.0 : 0.0;
}

void write_outages(PrometheusText& out, const MetricsInput& in) {
    using Count = std::optional<std::int64_t>;
    const auto counts = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
        write_breakers(out, name, type, help, in.snapshot,
                       [&](const v1::Breaker& breaker) -> Count { return value_of(breaker); });
    };
    counts("signalbox_breaker_trips_total", "counter", "How often a breaker has opened.",
           [](const v1::Breaker& breaker) { return breaker.trips(); });
    counts("signalbox_outage_wasted_calls", "gauge", "Calls that failed there since the present outage began.",
           [](const v1::Breaker& breaker) { return breaker.wasted(); });
    counts("signalbox_outage_diverted_requests", "gauge", "Requests sent elsewhere since the breaker opened.",
           [](const v1::Breaker& breaker) { return breaker.diverted(); });
    write_breakers(out, "signalbox_free_check_alive", "gauge",
                   "What the last free check found: 1 alive, 0 dead, 0.5 it cannot tell.", in.snapshot, alive);
    constexpr std::string_view probes = "signalbox_probes_total";
    out.family(probes, "counter", "Requests that were the probe of an open breaker.");
    for (std::size_t lane = 0; lane < in.fleet.lanes.size(); ++lane) {
        if (in.fleet.lanes[lane].probes == 0) continue;
        out.sample(probes, {{"target", in.fleet.lane_names[lane]}}, in.fleet.lanes[lane].probes);
    }
}

// One deployment may stand under several models.
std::map<std::string_view, const v1::Deployment*> deployments_of(const v1::SnapshotResponse& snapshot) {
    std::map<std::string_view, const v1::Deployment*> out;
    for (const v1::Model& model : snapshot.models()) {
        for (const v1::Deployment& deployment : model.deployments()) out[deployment.name()] = &deployment;
    }
    return out;
}

void write_slots(PrometheusText& out, const v1::SnapshotResponse& snapshot) {
    const auto deployments = deployments_of(snapshot);
    const auto family = [&](std::string_view name, std::string_view help, auto write) {
        out.family(name, "gauge", help);
        for (const auto& [deployment, row] : deployments) write(name, deployment, *row);
    };
    family("signalbox_deployment_in_flight", "Requests under way at a deployment.",
           [&](auto name, auto deployment, const v1::Deployment& row) {
               out.sample(name, {{"deployment", deployment}}, row.in_flight());
           });
    family("signalbox_slot_phase", "1 for the phase the deployment's model is in, where anybody told.",
           [&](auto name, auto deployment, const v1::Deployment& row) {
               if (!row.has_slots()) return;
               const std::string_view phase = word_of(phase_words, row.slots().phase());
               out.sample(name, {{"deployment", deployment}, {"phase", phase}}, std::int64_t{1});
           });
    family("signalbox_slots", "Answers a deployment gives at a time, and how many are under way.",
           [&](auto name, auto deployment, const v1::Deployment& row) {
               const v1::Slots& slots = row.slots();
               if (slots.has_total()) out.sample(name, {{"deployment", deployment}, {"kind", "total"}}, slots.total());
               if (slots.has_busy()) out.sample(name, {{"deployment", deployment}, {"kind", "busy"}}, slots.busy());
           });
    family("signalbox_kv_bytes", "KV memory: the budget, and what our requests need of it.",
           [&](auto name, auto deployment, const v1::Deployment& row) {
               const v1::Slots& slots = row.slots();
               if (!slots.has_kv_budget_bytes()) return;
               out.sample(name, {{"deployment", deployment}, {"kind", "budget"}}, slots.kv_budget_bytes());
               out.sample(name, {{"deployment", deployment}, {"kind", "expected"}}, slots.kv_expected_bytes());
               out.sample(name, {{"deployment", deployment}, {"kind", "worst"}}, slots.kv_worst_bytes());
           });
}

void write_estimates(PrometheusText& out, const v1::SnapshotResponse& snapshot) {
    constexpr std::string_view name = "signalbox_token_estimate_error_ratio";
    out.family(name, "gauge", "Mean share by which the estimate of a prompt's tokens is wrong.");
    for (const v1::Model& model : snapshot.models()) {
        if (!model.has_estimate_error_percent()) continue;
        out.sample(name, {{"model", model.name()}}, model.estimate_error_percent() / 100);
    }
}

}  // namespace

void write_targets(PrometheusText& out, const MetricsInput& in) {
    write_breaker_states(out, in.snapshot);
    write_outages(out, in);
    write_slots(out, in.snapshot);
    write_estimates(out, in.snapshot);
}

}  // namespace signalbox::control
