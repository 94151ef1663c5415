// What an experiment has seen, and the figures made of it. The names a bar or a report may use:
//
//   LOAD.     requests served failures rejections error_share sends retries calls calls_per_request longest_gap
//             total_p50 total_p95 total_p99 ttft_p50 ttft_p95 ttft_p99 retry_after_max
//   PROVIDER. attempts wasted checks share trips failures_to_open open_after alert_after back_after full_after
//   recovery_excess
//             in_flight_max load_refusals kv_refusals loads kv_peak warm_min warm_p50 warm_max tokens tokens_per_second
//   gateway.  requests rejections rejections_while_idle bypassed ledger_error held
//
// LOAD and PROVIDER are names, `all` of them, or the part before a dot: `users` is users.calm and users.rush, a fleet
// is all its members. LOAD@WINDOW looks only at what began in that window, PROVIDER@WINDOW at attempts that ended in
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/replay/load.h"

namespace signalbox::replay {

struct Window {
    std::string name;
    Nanos from{}, to{};
    [[nodiscard]] bool holds(Nanos at) const { return from <= at && at < to; }
};

// Times are since the start; negative: it never happened.
struct ProviderLog {
    struct Attempt {
        Nanos ended{};
        bool failed = false;
    };
    std::vector<Attempt> attempts;  // of users' requests
    std::int64_t trips = 0;
    Nanos opened{-1};   // the first time
    Nanos alerted{-1};  // an operator was told, the first time
    Nanos repaired{-1};
    Nanos back{-1};           // first good answer of an attempt that began after the repair
    Nanos full{-1};           // takes everything again
    std::int64_t excess = 0;  // most in flight above what the ramp's stage allows, while it came back
    std::int64_t in_flight_max = 0;
    // At the end.
    std::int64_t requests = 0, checks = 0, tokens = 0;
    std::int64_t load_refusals = 0, kv_refusals = 0, loads = 0;
    double kv_peak = 0;
};

// How the fleet was at one moment.
struct FleetSample {
    Nanos at{};
    std::map<std::string, int> warm, cold, warming;  // machines, by name before the dot
    std::int64_t in_flight = 0;                      // at providers
    std::int64_t queued = 0;                         // in the gateway
};

enum class Unit : std::uint8_t { count, seconds, share, per_second, micro_usd };
struct Value {
    double number = 0;
    Unit unit = Unit::count;
};
[[nodiscard]] std::string to_string(const Value& value);

struct Measurements {
    std::map<std::string, std::vector<Visit>> visits;  // by load
    std::map<std::string, std::int64_t> calls;         // upstream, by load
    std::map<std::string, ProviderLog> providers;
    std::vector<FleetSample> samples;
    std::vector<Window> windows;
    std::map<std::string, std::int64_t> refusals;  // before any attempt, by code
    std::int64_t rejections_while_idle = 0;
    std::vector<std::string> idle_examples;  // the first of them, with the fleet as it was
    std::vector<std::string> alerts;         // the first of each provider, as told
    std::int64_t bypassed = 0;
    std::optional<std::int64_t> ledger_error;  // micro-dollars between what was posted and what was used
    std::optional<std::int64_t> held;          // micro-dollars by requests, when all had ended
    Nanos length{};                            // of the whole run

    // nullopt: it never happened, or was not measured. Error: invalid_argument, there is no such figure.
    [[nodiscard]] Result<std::optional<Value>> find(std::string_view name) const;
    // What clients were told in the end, and how often; all loads together.
    [[nodiscard]] std::map<std::string, std::int64_t> failures() const;
};

// "users.calm" belongs to "users", to "users.calm" and to "all".
[[nodiscard]] bool belongs_to(std::string_view name, std::string_view subject);

}  // namespace signalbox::replay
