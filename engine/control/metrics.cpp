#include "engine/control/metrics.h"

#include <fmt/format.h>

#include <array>

#include "engine/control/metrics_parts.h"

namespace signalbox::control {
namespace {

namespace v1 = api::v1;

void one(PrometheusText& out, std::string_view name, std::string_view type, std::string_view help, std::int64_t value) {
    out.family(name, type, help);
    out.sample(name, {}, value);
}

void write_requests(PrometheusText& out, const std::map<std::string, Counts>& models) {
    constexpr std::string_view name = "signalbox_requests_total";
    out.family(name, "counter", "Finished requests by the model asked for and how they ended.");
    for (const auto& [model, counts] : models) {
        out.sample(name, {{"model", model}, {"outcome", "served"}}, counts.served - counts.fallback);
        out.sample(name, {{"model", model}, {"outcome", "served_fallback"}}, counts.fallback);
        out.sample(name, {{"model", model}, {"outcome", "failed"}}, counts.failed);
        out.sample(name, {{"model", model}, {"outcome", "shed"}}, counts.shed);
        out.sample(name, {{"model", model}, {"outcome", "cancelled"}}, counts.cancelled);
    }
}

using ByCode = std::array<std::int64_t, error_code_count>;

void write_codes(PrometheusText& out, std::string_view name, std::string_view help, const ByCode& counts) {
    out.family(name, "counter", help);
    for (int i = 0; i < error_code_count; ++i) {
        const std::int64_t count = counts[static_cast<std::size_t>(i)];
        if (count > 0) out.sample(name, {{"code", to_string(static_cast<ErrorCode>(i))}}, count);
    }
}

void write_histogram(PrometheusText& out, const std::string& name, std::string_view help, const LogHistogram& values) {
    // Powers of two of the histogram's own buckets, from 64 µs to 17 min, so that no count is interpolated.
    constexpr int first = 6, last = 30;
    out.family(name, "histogram", help);
    for (int power = first; power <= last; power += 2) {
        const std::int64_t us = std::int64_t{1} << power;
        out.sample(name + "_bucket", {{"le", fmt::format("{}", static_cast<double>(us) / 1e6)}}, values.below(us));
    }
    out.sample(name + "_bucket", {{"le", "+Inf"}}, values.total());
    out.sample(name + "_sum", {}, static_cast<double>(values.sum_us()) / 1e6);
    out.sample(name + "_count", {}, values.total());
}

void write_usage(PrometheusText& out, const Lifetime& lifetime) {
    constexpr std::string_view tokens = "signalbox_tokens_total";
    out.family(tokens, "counter", "Tokens as reported by providers.");
    out.sample(tokens, {{"direction", "input"}}, lifetime.input_tokens);
    out.sample(tokens, {{"direction", "output"}}, lifetime.output_tokens);
    one(out, "signalbox_cost_microusd_total", "counter", "Cost in millionths of a US dollar.", lifetime.cost_microusd);
}

void write_inputs(PrometheusText& out, const std::vector<TagInputs>& inputs) {
    constexpr int first = 6, last = 20;  // powers of two, from 64 to a million tokens
    const std::string name = "signalbox_input_tokens";
    out.family(name, "histogram", "Input tokens of served requests by the tags of their callers.");
    for (const TagInputs& tag : inputs) {
        const std::string_view key = tag.key, value = tag.value;
        for (int power = first; power <= last; ++power) {
            const std::int64_t tokens = std::int64_t{1} << power;
            // The histogram tells how many are below; a prompt cut to 512 tokens is not below 512.
            out.sample(name + "_bucket", {{"key", key}, {"value", value}, {"le", fmt::format("{}", tokens - 1)}},
                       tag.lifetime.below(tokens));
        }
        out.sample(name + "_bucket", {{"key", key}, {"value", value}, {"le", "+Inf"}}, tag.lifetime.total());
        out.sample(name + "_sum", {{"key", key}, {"value", value}}, tag.lifetime.sum_us());
        out.sample(name + "_count", {{"key", key}, {"value", value}}, tag.lifetime.total());
    }
}

void write_load(PrometheusText& out, const v1::SnapshotResponse& snapshot) {
    constexpr std::string_view queued = "signalbox_queued";
    one(out, "signalbox_connections", "gauge", "Open client connections.", snapshot.totals().connections());
    one(out, "signalbox_in_flight", "gauge", "Requests under way.", snapshot.totals().in_flight());
    out.family(queued, "gauge", "Requests waiting for a place.");
    for (const v1::Model& model : snapshot.models()) out.sample(queued, {{"model", model.name()}}, model.queued());
}

void write_cache(PrometheusText& out, const v1::SnapshotResponse& snapshot) {
    const v1::Cache& cache = snapshot.cache();
    constexpr std::string_view lookups = "signalbox_cache_lookups_total";
    constexpr std::string_view removed = "signalbox_cache_removed_total";
    out.family(lookups, "counter", "Requests whose answer was looked for among the kept ones.");
    out.sample(lookups, {{"result", "hit"}}, cache.hits_total());
    out.sample(lookups, {{"result", "miss"}}, cache.misses_total());
    one(out, "signalbox_cache_stores_total", "counter", "Answers kept.", cache.stores_total());
    out.family(removed, "counter", "Kept answers that went.");
    out.sample(removed, {{"why", "expired"}}, cache.expired_total());
    out.sample(removed, {{"why", "room"}}, cache.evicted_total());
    one(out, "signalbox_cache_too_large_total", "counter", "Requests and answers too large to be kept.",
        cache.too_large_total());
    one(out, "signalbox_cache_entries", "gauge", "Answers kept now.", cache.entries());
    one(out, "signalbox_cache_bytes", "gauge", "What they occupy.", cache.bytes());
    one(out, "signalbox_response_homes", "gauge", "Responses whose target is remembered for previous_response_id.",
        snapshot.response_homes());
}

}  // namespace

std::string metrics_text(const MetricsInput& in) {
    PrometheusText out;
    out.family("signalbox_build_info", "gauge", "Always 1.");
    out.sample("signalbox_build_info", {{"version", in.version}}, std::int64_t{1});
    write_requests(out, in.models);
    write_codes(out, "signalbox_errors_total", "Errors that clients were told, by code.", in.lifetime.errors);
    write_codes(out, "signalbox_diversions_total", "Requests moved off their first choice, by the first cause.",
                in.lifetime.diversions);
    write_codes(out, "signalbox_upstream_calls_total", "Calls to providers by how they ended.",
                in.lifetime.upstream_calls);
    one(out, "signalbox_hedges_total", "counter", "Second calls beside late ones.", in.lifetime.hedges);
    one(out, "signalbox_hedges_won_total", "counter", "Second calls that answered first.", in.lifetime.hedges_won);
    write_histogram(out, "signalbox_first_token_seconds", "Arrival to first content, of served requests.",
                    in.lifetime.first_token);
    write_histogram(out, "signalbox_request_seconds", "Arrival to the end, of served requests.", in.lifetime.total);
    write_histogram(out, "signalbox_overhead_seconds", "The gateway's own share of the time to the first byte.",
                    in.lifetime.overhead);
    write_usage(out, in.lifetime);
    write_inputs(out, in.inputs);
    write_load(out, in.snapshot);
    write_cache(out, in.snapshot);
    write_targets(out, in);
    write_accounts(out, in);
    one(out, "signalbox_overrides_active", "gauge", "Overrides in force.", in.snapshot.overrides_size());
    one(out, "signalbox_drills_active", "gauge", "Drills in force.", in.snapshot.drills_size());
    one(out, "signalbox_drilled_attempts_total", "counter", "Attempts that a drill has spoiled.", in.lifetime.drilled);
    one(out, "signalbox_history_shed_total", "counter", "History rows dropped because the disk could not keep up.",
        in.snapshot.totals().history_shed_total());
    one(out, "signalbox_config_revision", "gauge", "Revision of the configuration in force.",
        in.snapshot.config_revision());
    return out.take();
}

}  // namespace signalbox::control
