#include "engine/core/routing/warm_set.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace signalbox::core {
namespace {

constexpr double memory_seconds = 5;  // of the moving average of the growth
constexpr double jump_max = 2;        // times the need, for growth
constexpr double gap_share = 0.5;     // of what is missing, begun at a time
constexpr int buffer = 1;             // deployments beyond what is needed, for a burst

double seconds(Nanos duration) {
    return std::chrono::duration<double>(duration).count();
}

bool is_warm(const WarmCandidate& one) {
    return one.phase == SlotPhase::warm_idle || one.phase == SlotPhase::warm_busy;
}

bool is_loadable(const WarmCandidate& one) {
    return one.phase == SlotPhase::cold && one.may_load;
}

// What the plan is made from, counted once.
struct Tally {
    int warm = 0, warming = 0, loadable = 0;
    double places = 1;  // of one deployment, mean
    Nanos load_time{};  // the longest of those that could be loaded: growth must be covered for so long
    std::int64_t running = 0;

    explicit Tally(std::span<const WarmCandidate> candidates) {
        std::int64_t all_places = 0;
        for (const WarmCandidate& one : candidates) {
            all_places += std::max<std::int64_t>(1, one.places);
            running += one.running;
            if (is_warm(one)) ++warm;
            if (one.phase == SlotPhase::warming) ++warming;
            if (!is_loadable(one)) continue;
            ++loadable;
            load_time = std::max(load_time, one.load_time);
        }
        if (!candidates.empty()) places = static_cast<double>(all_places) / static_cast<double>(candidates.size());
    }
};

std::vector<int> pick_loads(std::span<const WarmCandidate> candidates, int missing) {
    std::vector<std::pair<Nanos, std::size_t>> cold;  // the quickest first, then in order of preference
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (is_loadable(candidates[i])) cold.emplace_back(candidates[i].load_time, i);
    }
    std::ranges::sort(cold);
    const int begin = std::min(static_cast<int>(std::ceil(gap_share * missing)), WarmSet::loads_max);
    std::vector<int> ids;
    for (const auto& [load_time, i] : cold) {
        if (static_cast<int>(ids.size()) >= begin) break;
        ids.push_back(candidates[i].id);
    }
    return ids;
}

std::vector<int> pick_releases(std::span<const WarmCandidate> candidates, int surplus) {
    std::vector<int> ids;
    for (const WarmCandidate& one : candidates) {
        if (static_cast<int>(ids.size()) >= surplus) break;
        if (is_warm(one) && one.running == 0 && one.may_release) ids.push_back(one.id);
    }
    return ids;
}

}  // namespace

void WarmSet::follow(double need, Instant now) {
    const double elapsed = last_ == Instant{} ? 0 : seconds(now - last_);
    if (elapsed > 0) {
        const double keep = std::exp(-elapsed / memory_seconds);
        growth_ = keep * growth_ + (1 - keep) * (need - need_) / elapsed;
    }
    need_ = need;
    if (first_ == Instant{}) first_ = now;
    last_ = now;
}

int WarmSet::highest(int target, Instant now) {
    while (!past_.empty() && past_.back().target <= target) past_.pop_back();
    past_.push_back({now, target});
    while (past_.front().at <= now - dwell) past_.pop_front();
    return past_.front().target;
}

WarmPlan WarmSet::plan(std::int64_t waiting, std::span<const WarmCandidate> candidates, Instant now) {
    const Tally tally(candidates);
    const auto need = static_cast<double>(tally.running + waiting);
    follow(need, now);

    WarmPlan plan;
    if (need > 0) {
        // What will have come by the time a load begun now is done; a single jump is not taken for
        // more than twice the need.
        const double headroom = std::clamp(growth_ * seconds(tally.load_time), 0.0, jump_max * need);
        // Providers tell how busy they are: whatever that comes to, there are no more than all.
        const double deployments = std::ceil((need / saturation + headroom) / tally.places);
        plan.target = static_cast<int>(std::min(deployments, static_cast<double>(candidates.size()))) + buffer;
        if (waiting > 0) plan.target = std::max(plan.target, tally.warm + 1);
    } else {
        plan.target = std::min(1, tally.warm);  // the last one stays: somebody may come back
    }
    plan.target = std::min(plan.target, tally.warm + tally.warming + tally.loadable);

    const int missing = plan.target - tally.warm - tally.warming;
    if (missing > 0) plan.load = pick_loads(candidates, missing);
    const int surplus = tally.warm - highest(plan.target, now);
    if (now - first_ >= dwell) plan.release = pick_releases(candidates, surplus);
    return plan;
}

}  // namespace signalbox::core
