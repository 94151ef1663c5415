#include "engine/control/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/control/wording.h"

namespace signalbox::control {
namespace {

// A target that had no request in so long, while so many came, is no chance.
constexpr Nanos unproven_after = 1h;
constexpr std::int64_t unproven_requests = 100;
constexpr Nanos clock_tolerance = 10s;

// Kinds of problems that are findings, and what to do about each.
struct Cure {
    std::string_view kind, remedy;
};
constexpr auto cures = std::to_array<Cure>({
    {"double_retry", "let the client make no retries (max_retries=0 in the official SDKs), or set attempts: 1 here"},
    {"shed_while_idle", "raise the limit that refused it; `signalboxctl show ID` names the guard and the fleet then"},
    {"truncated_inputs", "raise or remove the length limit in the clients with this tag, or in what feeds them"},
});

v1::Finding finding(std::string_view severity, std::string_view rule, std::string object, std::string problem,
                    std::string_view remedy) {
    v1::Finding out;
    out.set_severity(std::string(severity));
    out.set_rule(std::string(rule));
    out.set_object(std::move(object));
    out.set_problem(std::move(problem));
    out.set_remedy(std::string(remedy));
    return out;
}

void add_problems(const v1::SnapshotResponse& snapshot, std::vector<v1::Finding>& out) {
    for (const v1::Problem& problem : snapshot.problems()) {
        const auto cure = std::ranges::find(cures, problem.kind(), &Cure::kind);
        if (cure == cures.end()) continue;
        out.push_back(finding(problem.severity() == "critical" ? "error" : "warning", problem.kind(), problem.object(),
                              problem.text(), cure->remedy));
    }
}

void add_unproven(const Vitals& vitals, std::vector<v1::Finding>& out) {
    const Nanos up = vitals.now.now - vitals.started.now;
    if (up < unproven_after || vitals.snapshot.totals().requests_total() < unproven_requests) return;
    for (const v1::Breaker& breaker : vitals.snapshot.breakers()) {
        if (breaker.health() != core::to_string(core::HealthState::fresh) || breaker.samples() > 0) continue;
        out.push_back(
            finding("hint", "unproven", breaker.target(),
                    fmt::format("has answered nothing in {}: whether it works is not known", duration_words(up)),
                    "send it one request, before it is needed"));
    }
}

void add_clock(const Vitals& vitals, std::vector<v1::Finding>& out) {
    const Nanos wall = std::chrono::microseconds(vitals.now.wall.unix_us - vitals.started.wall.unix_us);
    const Nanos moved = wall - (vitals.now.now - vitals.started.now);
    if (std::chrono::abs(moved) < clock_tolerance) return;
    out.push_back(finding("warning", "clock_moved", "clock",
                          fmt::format("was put {} by {} since the start: times in the history and the windows of "
                                      "budgets are off by as much",
                                      moved > 0ns ? "forward" : "back", duration_words(std::chrono::abs(moved))),
                          "keep the clock by NTP, and restart once it is right"));
}

}  // namespace

v1::Finding to_message(const core::Finding& from, int line) {
    v1::Finding out = finding(core::to_string(from.severity), from.rule, from.object, from.problem, from.remedy);
    out.set_field(from.field);
    out.set_line(line);
    return out;
}

std::chrono::sys_days day_of(WallTime time) {
    return std::chrono::floor<std::chrono::days>(std::chrono::sys_time(std::chrono::microseconds(time.unix_us)));
}

std::vector<v1::Finding> traffic_findings(const Vitals& vitals) {
    std::vector<v1::Finding> out;
    add_problems(vitals.snapshot, out);
    add_clock(vitals, out);
    add_unproven(vitals, out);
    return out;
}

v1::DoctorResponse examine(const core::Config& config, const Vitals& vitals) {
    std::vector<v1::Finding> all = traffic_findings(vitals);
    std::ranges::transform(core::examine(config, day_of(vitals.now.wall)), std::back_inserter(all),
                           [](const core::Finding& one) { return to_message(one); });
    v1::DoctorResponse out;
    for (const core::Severity severity : {core::Severity::error, core::Severity::warning, core::Severity::hint}) {
        for (const v1::Finding& one : all) {
            if (one.severity() == core::to_string(severity)) *out.add_findings() = one;
        }
    }
    return out;
}

}  // namespace signalbox::control
