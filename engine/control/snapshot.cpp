#include "engine/control/snapshot.h"

#include <algorithm>

#include "engine/control/snapshot_parts.h"

namespace signalbox::control {
namespace {

void set_rates(const SnapshotInput& in, v1::Totals& out) {
    const Counts& minute = in.all.minute;
    out.set_requests_per_second(in.all.per_second(minute.requests));
    out.set_shed_per_second(in.all.per_second(minute.shed));
    out.set_window_samples(minute.requests);
    if (const auto share = minute.served_percent()) out.set_served_percent(*share);
    if (const auto share = minute.fallback_percent()) out.set_fallback_percent(*share);
    if (const auto us = in.all.first_token.quantile(0.95)) out.set_first_token_p95_us(*us);
    if (const auto us = in.durations.total.quantile(0.50)) out.set_total_p50_us(*us);
    if (const auto us = in.durations.total.quantile(0.95)) out.set_total_p95_us(*us);
    if (const auto us = in.durations.total.quantile(0.99)) out.set_total_p99_us(*us);
    if (const auto us = in.durations.overhead.quantile(0.50)) out.set_overhead_p50_us(*us);
    if (const auto us = in.durations.overhead.quantile(0.99)) out.set_overhead_p99_us(*us);
    constexpr double point_seconds = 15;
    for (const Counts& point : in.all.quarter_hour) {
        out.add_requests_per_second_15m(static_cast<double>(point.requests) / point_seconds);
        out.add_errors_per_second_15m(static_cast<double>(point.failed + point.shed) / point_seconds);
    }
}

void set_lifetime(const SnapshotInput& in, v1::Totals& out) {
    const Counts& all = in.lifetime.counts;
    out.set_requests_total(all.requests);
    out.set_served_total(all.served);
    out.set_fallback_total(all.fallback);
    out.set_failed_total(all.failed);
    out.set_shed_total(all.shed);
    out.set_cancelled_total(all.cancelled);
    out.set_history_shed_total(in.history_shed);
    out.set_cost_microusd_total(in.lifetime.cost_microusd);
}

void set_present(const SnapshotInput& in, const v1::SnapshotResponse& snapshot, v1::Totals& out) {
    std::int64_t queued = 0;
    for (const auto& [model, waiting] : in.fleet.queued) queued += static_cast<std::int64_t>(waiting);
    out.set_queued(queued);
    out.set_in_flight(in.in_flight);
    out.set_connections(in.connections);
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (breaker.state() == v1::BREAKER_STATE_OPEN) out.set_open_breakers(out.open_breakers() + 1);
        if (breaker.state() == v1::BREAKER_STATE_HALF_OPEN) out.set_half_open_breakers(out.half_open_breakers() + 1);
    }
}

void set_cache(const SnapshotInput& in, v1::Cache& out) {
    const core::CacheFigures& cache = in.cache;
    const std::int64_t room = core::cache_room(in.fleet.table->config());
    out.set_enabled(room > 0);
    out.set_entries(cache.entries);
    out.set_bytes(cache.bytes);
    out.set_max_bytes(room);
    out.set_hits_total(cache.hits);
    out.set_misses_total(cache.misses);
    out.set_stores_total(cache.stores);
    out.set_evicted_total(cache.evicted);
    out.set_expired_total(cache.expired);
    out.set_too_large_total(cache.too_large);
}

v1::GatewayState state_of(const v1::SnapshotResponse& snapshot, bool draining) {
    if (draining) return v1::GATEWAY_STATE_DRAINING;
    for (const v1::Problem& problem : snapshot.problems()) {
        if (problem.kind() == "no_target") return v1::GATEWAY_STATE_DOWN;
    }
    const v1::Totals& totals = snapshot.totals();
    const bool held_open = std::ranges::any_of(
        snapshot.breakers(), [](const v1::Breaker& breaker) { return breaker.state() == v1::BREAKER_STATE_HELD_OPEN; });
    const bool troubled =
        held_open || totals.open_breakers() > 0 || totals.half_open_breakers() > 0 || totals.shed_per_second() > 0;
    return troubled ? v1::GATEWAY_STATE_DEGRADED : v1::GATEWAY_STATE_HEALTHY;
}

}  // namespace

v1::SnapshotResponse build_snapshot(const SnapshotInput& in) {
    const core::RoutingTable& table = *in.fleet.table;
    v1::SnapshotResponse out;
    out.set_sequence(in.sequence);
    out.set_now_unix_us(in.at.wall.unix_us);
    out.set_name(in.name);
    out.set_region(table.config().fleet_region);
    out.set_demo(table.config().demo);
    out.set_config_revision(table.config().revision);
    for (auto& breaker : build_breakers(in)) *out.add_breakers() = std::move(breaker);
    for (const core::ModelEntry& entry : table.models()) {
        if (!entry.implicit) *out.add_models() = build_model(entry, in);
    }
    for (const v1::Override& row : in.overrides) *out.add_overrides() = row;
    for (const v1::Drill& row : in.drills) *out.add_drills() = row;
    set_rates(in, *out.mutable_totals());
    set_lifetime(in, *out.mutable_totals());
    set_present(in, out, *out.mutable_totals());
    set_cache(in, *out.mutable_cache());
    out.set_response_homes(in.response_homes);
    for (auto& problem : build_problems(out, in)) *out.add_problems() = std::move(problem);
    out.set_state(state_of(out, in.draining));
    if (out.problems_size() > 0) out.set_state_reason(out.problems(0).text());
    return out;
}

std::map<std::string, WindowStats> fold_aliases(const std::map<std::string, WindowStats>& by_name,
                                                const core::RoutingTable& table) {
    std::map<std::string, WindowStats> out;
    for (const auto& [name, stats] : by_name) out[std::string(table.resolve_alias(name))].merge(stats);
    return out;
}

}  // namespace signalbox::control
