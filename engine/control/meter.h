// What finished requests add up to: rates and percentiles of the last minute, a quarter of an hour for the sparklines,
// and counters since the start. Counts on the way into the history, so that nothing the history sheds is missing here.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/control/findings.h"
#include "engine/control/input_tags.h"
#include "engine/ports/clock.h"
#include "engine/ports/store.h"

namespace signalbox::control {

struct Counts {
    std::int64_t requests = 0, fallback = 0, failed = 0, shed = 0, cancelled = 0;
    std::int64_t served = 0;    // by any target, at any attempt
    std::int64_t at_fault = 0;  // of the failed: the caller's own mistakes

    void add(const ports::RequestRecord& record);
    void merge(const Counts& other);
    // Percent of the requests that were neither cancelled nor their caller's own mistake; none without any. Fallbacks:
    // of those that were not cancelled.
    [[nodiscard]] std::optional<double> served_percent() const;
    [[nodiscard]] std::optional<double> fallback_percent() const;
};

// Requests of one name, or all of them.
struct WindowStats {
    Counts minute;                     // the last 60 s
    double seconds = 60;               // that `minute` really covers
    LogHistogram first_token;          // of `minute`; µs
    std::vector<Counts> quarter_hour;  // oldest first, one per 15 s, since the start at most

    // Of the same meter at the same instant.
    void merge(const WindowStats& other);
    [[nodiscard]] double per_second(std::int64_t count) const { return static_cast<double>(count) / seconds; }
};

// Of the served requests of the last 60 s; µs.
struct Durations {
    LogHistogram total, overhead;
};

// Since the start; for /metrics.
struct Lifetime {
    Counts counts;
    std::array<std::int64_t, error_code_count> errors{}, diversions{};  // by RequestRecord::error and ::why, without ok
    std::array<std::int64_t, error_code_count> upstream_calls{};        // by AttemptRecord::result, ok included
    std::int64_t hedges = 0, hedges_won = 0;                            // of the calls
    std::int64_t input_tokens = 0, output_tokens = 0, cost_microusd = 0;
    std::int64_t drilled = 0;  // of upstream_calls, those that a drill spoiled
    LogHistogram first_token, total, overhead;  // of served requests; µs
};

class Meter final : public ports::Journal {
  public:
    // Both outlive it.
    Meter(ports::Journal& next, const ports::Clock& clock) : next_(next), clock_(clock), started_(clock.now()) {}

    // Any thread; one short lock.
    bool offer(ports::RequestRecord record) override;
    [[nodiscard]] std::uint64_t shed() const override { return next_.shed(); }

    [[nodiscard]] WindowStats all() const;
    [[nodiscard]] Durations durations() const;
    // By the name as clients wrote it; beyond limits::metered_models_max names the rest is counted as `other_models`.
    [[nodiscard]] std::map<std::string, WindowStats> by_model() const;
    [[nodiscard]] Lifetime lifetime() const;
    [[nodiscard]] std::map<std::string, Counts> lifetime_by_model() const;
    [[nodiscard]] std::optional<IdleRefusal> last_idle_refusal() const;
    // Input tokens as providers reported them, of served requests.
    [[nodiscard]] std::vector<TagInputs> inputs_by_tag() const;

    static constexpr const char* other_models = "_other";
    static constexpr const char* unknown_model =
        "_unknown";  // names nothing answers to, which are for strangers to choose

  private:
    static constexpr Nanos slot = 5s, point = 15s;
    static constexpr std::size_t slots = 12, points = 60;

    // One stretch of time; `index` counts them since the start, -1: never used.
    struct Slot {
        std::int64_t index = -1;
        Counts counts = {};
        LogHistogram first_token = {};
    };
    struct DurationSlot {
        std::int64_t index = -1;
        Durations durations = {};
    };
    struct Point {
        std::int64_t index = -1;
        Counts counts = {};
    };
    struct Series {
        std::array<Slot, slots> minute;
        std::array<Point, points> quarter_hour;
        Counts lifetime;
    };

    [[nodiscard]] Series& series_of(const ports::RequestRecord& record);
    static void count(Series& series, const ports::RequestRecord& record, Nanos since_start);
    [[nodiscard]] static WindowStats stats_of(const Series& series, Nanos since_start);
    void count_everywhere(const ports::RequestRecord& record, Nanos since_start);
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] Nanos since_start() const { return clock_.now() - started_; }

    ports::Journal& next_;
    const ports::Clock& clock_;
    const Instant started_;
    mutable std::mutex mutex_;
    Series all_;  // guarded by mutex_, as is everything below
    std::array<DurationSlot, slots> durations_;
    std::map<std::string, Series> models_;
    Lifetime lifetime_;
    std::optional<IdleRefusal> last_idle_refusal_;
    InputTags inputs_;
};

}  // namespace signalbox::control
