#include "engine/core/routing/slots.h"

#include <algorithm>
#include <cmath>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

constexpr double soft_share = 0.90;            // of the budget, for what is expected
constexpr double certainty = 1.64;             // standard deviations: one in twenty is longer
constexpr double preempting_overcommit = 2.0;  // of the budget, for the worst case

// Whole numbers add up exactly in any order: what has been added and removed leaves nothing behind, and two sides that
// sum the same requests come to the same answer.
double whole(double variance) {
    return std::isfinite(variance) && variance > 0 ? std::ceil(std::min(variance, 0x1p50)) : 0;
}

}  // namespace

void KvLoad::add(const KvNeed& need) {
    expected += need.prompt + need.expected;
    worst += need.prompt + need.most;
    variance += whole(need.variance);
}

void KvLoad::remove(const KvNeed& need) {
    expected = std::max<std::int64_t>(0, expected - need.prompt - need.expected);
    worst = std::max<std::int64_t>(0, worst - need.prompt - need.most);
    variance = std::max(0.0, variance - whole(need.variance));
}

std::optional<KvBudget> budget_of(const SlotReport& report) {
    const auto positive = [](const std::optional<std::int64_t>& figure) { return figure.value_or(0) > 0; };
    if (positive(report.kv_budget) && positive(report.kv_bytes_per_token))
        return KvBudget{*report.kv_budget, *report.kv_bytes_per_token, report.preempts};
    if (positive(report.kv_tokens)) return KvBudget{*report.kv_tokens, 1, report.preempts};
    return std::nullopt;
}

bool kv_admits(const KvLoad& load, const KvNeed& need, const KvBudget& budget) {
    if (budget.bytes <= 0 || budget.bytes_per_token <= 0 || load.empty()) return true;
    KvLoad with = load;
    with.add(need);
    // In floating point: a provider may report any number, and none of them may overflow.
    const auto per_token = static_cast<double>(budget.bytes_per_token);
    const auto bytes = static_cast<double>(std::max<std::int64_t>(budget.bytes - budget.foreign, 0));
    const double likely = (static_cast<double>(with.expected) + certainty * std::sqrt(with.variance)) * per_token;
    const double worst = static_cast<double>(with.worst) * per_token;
    return likely <= soft_share * bytes && worst <= (budget.preempts ? preempting_overcommit : 1.0) * bytes;
}

bool load_admits(std::int64_t weights, std::int64_t free_for_load, const KvNeed& first, std::int64_t bytes_per_token) {
    const double kv = static_cast<double>(first.prompt + first.most) * static_cast<double>(bytes_per_token);
    return static_cast<double>(weights) + kv <= static_cast<double>(free_for_load);
}

std::int64_t kv_bytes_per_token(const ModelShape& shape) {
    constexpr std::int64_t keys_and_values = 2;
    return keys_and_values * shape.layers * shape.kv_heads * shape.head_dim * shape.dtype_bytes;
}

Instant valid_until(const SlotReport& report) {
    const Nanos pace = report.provenance == Provenance::reported ? limits::heartbeat_every : limits::slot_poll_every;
    return after(report.seen, limits::slot_polls_missed * pace);
}

bool is_stale(const SlotReport& report, Instant now) {
    return report.seen == Instant{} || now > valid_until(report);
}

Nanos load_wait(const SlotReport& report, Instant now) {
    if (is_stale(report, now)) return 0ns;
    const Nanos whole_load = report.load_time.value_or(unmeasured_load);
    if (report.phase == SlotPhase::cold) return whole_load;
    if (report.phase != SlotPhase::warming) return 0ns;
    const Nanos gone = report.phase_since == Instant{} ? 0ns : now - report.phase_since;
    return std::clamp(whole_load - gone, Nanos(0), whole_load);
}

}  // namespace signalbox::core
