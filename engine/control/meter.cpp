#include "engine/control/meter.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::control {
namespace {

using ports::Outcome;
using ports::RequestRecord;

// The cell of a ring that stands for `index`, emptied when it last stood for another.
template <class Cell, std::size_t n>
Cell& cell_at(std::array<Cell, n>& ring, std::int64_t index) {
    Cell& cell = ring[static_cast<std::size_t>(index) % n];
    if (cell.index != index) cell = Cell{.index = index};
    return cell;
}

std::optional<double> percent(std::int64_t part, std::int64_t whole) {
    if (whole == 0) return std::nullopt;
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// Of the `n` that end with `last`.
std::int64_t first_of(std::int64_t last, std::size_t n) {
    return std::max<std::int64_t>(0, last - static_cast<std::int64_t>(n) + 1);
}

// Only answers count as durations: a fast failure must not look like speed.
bool has_duration(const RequestRecord& record) {
    return record.outcome <= Outcome::served_fallback;
}

// What no gateway and no provider could have served.
bool is_callers_mistake(ErrorCode error) {
    switch (error) {
        case ErrorCode::context_too_long:
        case ErrorCode::model_not_found:
        case ErrorCode::upstream_bad_request:
        case ErrorCode::upstream_context_too_long:
        case ErrorCode::upstream_content_filter:
            return true;
        case ErrorCode::ok:
        case ErrorCode::too_many_connections:  // refused before anything was parsed
            return false;
        default:
            return stage_of(error) == Stage::parse || stage_of(error) == Stage::authenticate;
    }
}

void add_first_token(const RequestRecord& record, LogHistogram& histogram) {
    if (has_duration(record) && record.first_token_us >= 0) histogram.add(record.first_token_us);
}

}  // namespace

void Counts::add(const RequestRecord& record) {
    ++requests;
    switch (record.outcome) {
        case Outcome::served_fallback:
            ++fallback;
            [[fallthrough]];
        case Outcome::served:
        case Outcome::served_retry:
            ++served;
            break;
        case Outcome::shed:
            ++shed;
            break;
        case Outcome::failed:
            ++failed;
            if (is_callers_mistake(record.error)) ++at_fault;
            break;
        case Outcome::cancelled:
            ++cancelled;
            break;
    }
}

void Counts::merge(const Counts& other) {
    requests += other.requests;
    served += other.served;
    fallback += other.fallback;
    failed += other.failed;
    shed += other.shed;
    cancelled += other.cancelled;
    at_fault += other.at_fault;
}

std::optional<double> Counts::served_percent() const {
    return percent(served, requests - cancelled - at_fault);
}

std::optional<double> Counts::fallback_percent() const {
    return percent(fallback, requests - cancelled);
}

void WindowStats::merge(const WindowStats& other) {
    minute.merge(other.minute);
    seconds = other.seconds;
    first_token.merge(other.first_token);
    quarter_hour.resize(std::max(quarter_hour.size(), other.quarter_hour.size()));
    for (std::size_t i = 0; i < other.quarter_hour.size(); ++i) quarter_hour[i].merge(other.quarter_hour[i]);
}

Meter::Series& Meter::series_of(const RequestRecord& record) {
    const bool unknown = record.requested_model.empty() || record.error == ErrorCode::model_not_found;
    const std::string name = unknown ? unknown_model : record.requested_model;
    const auto found = models_.find(name);
    if (found != models_.end()) return found->second;
    return models_[models_.size() < limits::metered_models_max ? name : other_models];
}

void Meter::count(Series& series, const RequestRecord& record, Nanos since_start) {
    Slot& now = cell_at(series.minute, since_start / slot);
    now.counts.add(record);
    add_first_token(record, now.first_token);
    cell_at(series.quarter_hour, since_start / point).counts.add(record);
    series.lifetime.add(record);
}

void Meter::count_everywhere(const RequestRecord& record, Nanos since_start) {
    count(all_, record, since_start);
    count(series_of(record), record, since_start);
    lifetime_.counts.add(record);
    if (record.error != ErrorCode::ok) ++lifetime_.errors[static_cast<std::size_t>(record.error)];
    if (record.why != ErrorCode::ok) ++lifetime_.diversions[static_cast<std::size_t>(record.why)];
    for (const ports::AttemptRecord& call : record.attempts) {
        ++lifetime_.upstream_calls[static_cast<std::size_t>(call.result)];
        lifetime_.hedges += call.hedge;
        lifetime_.hedges_won += call.hedge && call.deployment == record.served_deployment;
        lifetime_.drilled += !call.drill.empty();
    }
    if (!record.cached) {  // no provider counted those again
        lifetime_.input_tokens += std::max<std::int64_t>(record.usage.input_tokens, 0);
        lifetime_.output_tokens += std::max<std::int64_t>(record.usage.output_tokens, 0);
    }
    lifetime_.cost_microusd += record.cost.value;
    if (!has_duration(record)) return;
    if (record.usage.input_tokens >= 0) inputs_.add(record.tags, record.usage.input_tokens, since_start);
    add_first_token(record, lifetime_.first_token);
    Durations& durations = cell_at(durations_, since_start / slot).durations;
    for (LogHistogram* histogram : {&durations.total, &lifetime_.total}) histogram->add(record.total_us);
    for (LogHistogram* histogram : {&durations.overhead, &lifetime_.overhead}) histogram->add(record.overhead_us);
}

bool Meter::offer(RequestRecord record) {
    {
        const Nanos now = since_start();
        auto refusal = idle_refusal(record);
        const std::lock_guard lock(mutex_);
        count_everywhere(record, now);
        if (refusal) last_idle_refusal_ = std::move(refusal);
    }
    return next_.offer(std::move(record));
}

WindowStats Meter::stats_of(const Series& series, Nanos since_start) {
    WindowStats out;
    const std::int64_t first_slot = first_of(since_start / slot, slots);
    for (const Slot& one : series.minute) {
        if (one.index < first_slot) continue;
        out.minute.merge(one.counts);
        out.first_token.merge(one.first_token);
    }
    const std::chrono::duration<double> covered = since_start - first_slot * slot;
    out.seconds = std::max(covered.count(), 1.0);
    const std::int64_t last_point = since_start / point;
    for (std::int64_t i = first_of(last_point, points); i <= last_point; ++i) {
        const Point& one = series.quarter_hour[static_cast<std::size_t>(i) % points];
        out.quarter_hour.push_back(one.index == i ? one.counts : Counts{});
    }
    return out;
}

WindowStats Meter::all() const {
    const Nanos now = since_start();
    const std::lock_guard lock(mutex_);
    return stats_of(all_, now);
}

Durations Meter::durations() const {
    const std::int64_t first = first_of(since_start() / slot, slots);
    Durations out;
    const std::lock_guard lock(mutex_);
    for (const DurationSlot& one : durations_) {
        if (one.index < first) continue;
        out.total.merge(one.durations.total);
        out.overhead.merge(one.durations.overhead);
    }
    return out;
}

std::vector<std::string> Meter::names() const {
    std::vector<std::string> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, series] : models_) out.push_back(name);
    return out;
}

std::map<std::string, WindowStats> Meter::by_model() const {
    const Nanos now = since_start();
    std::map<std::string, WindowStats> out;
    for (const std::string& name : names()) {
        const std::lock_guard lock(mutex_);  // anew for each: the data plane must never wait for all of them
        out.emplace(name, stats_of(models_.at(name), now));
    }
    return out;
}

Lifetime Meter::lifetime() const {
    const std::lock_guard lock(mutex_);
    return lifetime_;
}

std::optional<IdleRefusal> Meter::last_idle_refusal() const {
    const std::lock_guard lock(mutex_);
    return last_idle_refusal_;
}

std::vector<TagInputs> Meter::inputs_by_tag() const {
    std::vector<InputTags::Name> names;
    {
        const std::lock_guard lock(mutex_);
        names = inputs_.names();
    }
    std::vector<TagInputs> out;
    for (const InputTags::Name& name : names) {
        const Nanos now = since_start();
        const std::lock_guard lock(mutex_);  // anew for each, as in by_model()
        out.push_back(inputs_.sizes_of(name, now));
    }
    return out;
}

std::map<std::string, Counts> Meter::lifetime_by_model() const {
    std::map<std::string, Counts> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, series] : models_) out.emplace(name, series.lifetime);
    return out;
}

}  // namespace signalbox::control
