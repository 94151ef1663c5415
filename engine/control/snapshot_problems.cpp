#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "engine/control/findings.h"
#include "engine/control/snapshot_parts.h"
#include "engine/control/wording.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::control {
namespace {

v1::Problem problem(std::string_view severity, std::string_view kind, std::string object, std::string text) {
    v1::Problem out;
    out.set_severity(std::string(severity));
    out.set_kind(std::string(kind));
    out.set_object(std::move(object));
    out.set_text(std::move(text));
    return out;
}

std::vector<v1::Problem> worst_first(const std::vector<v1::Problem>& rows) {
    std::vector<v1::Problem> out;
    for (const std::string_view severity : {"critical", "warn"}) {
        std::ranges::copy_if(rows, std::back_inserter(out),
                             [&](const auto& row) { return row.severity() == severity; });
    }
    return out;
}

bool has_live_lane(const core::ModelEntry& entry, const SnapshotInput& in) {
    return std::ranges::any_of(entry.targets, [&](const core::Target& target) {
        const core::Deployment& deployment = deployment_of(target, *in.fleet.table);
        const bool draining = in.fleet.deployments[static_cast<std::size_t>(deployment.id)].draining;
        return !draining && !is_cut_off(best_breaker(deployment, in));
    });
}

// When the last of its breakers opened.
std::int64_t down_since(const std::string& model, const v1::SnapshotResponse& snapshot) {
    std::int64_t since = 0;
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (breaker.model() == model) since = std::max(since, breaker.since_unix_us());
    }
    return since;
}

void add_down_models(const v1::SnapshotResponse& snapshot, const SnapshotInput& in, std::vector<v1::Problem>& out) {
    for (const v1::Model& model : snapshot.models()) {
        const std::string& serves = model.redirected_to().empty() ? model.name() : model.redirected_to();
        const core::ModelEntry* entry = in.fleet.table->find(serves);
        if (entry == nullptr || !without_target(*entry, in)) continue;
        auto row = problem(
            "critical", "no_target", model.name(),
            fmt::format("{}: every target is cut off or out of service, nothing is left to serve it", model.name()));
        row.set_model(model.name());
        row.set_since_unix_us(down_since(model.name(), snapshot));
        out.push_back(std::move(row));
    }
}

// What is broken: the target, or the key of its provider.
std::string broken_thing(const v1::Breaker& breaker) {
    if (!breaker.of_key()) return breaker.target();
    return breaker.deployment().substr(0, breaker.deployment().find('/')) + "#" + breaker.key();
}

// A hold or an outage.
v1::Problem breaker_problem(const v1::Breaker& breaker, Moment at) {
    if (breaker.has_hold()) {
        const v1::Hold& hold = breaker.hold();
        const std::string_view how = hold.state() == v1::BREAKER_STATE_HELD_OPEN ? "open" : "closed";
        return problem("warn", "breaker_held", breaker.target(),
                       fmt::format("Breaker held {}: {}, by {} until {}: {}", how, breaker.target(), hold.actor(),
                                   clock_words(WallTime{hold.expires_unix_us()}, at.wall), hold.reason()));
    }
    const ErrorCode cause = error_code_from(breaker.cause()).value_or(ErrorCode::internal);
    const bool structural = core::classify(cause) == core::OutcomeClass::structural;
    const Outage outage{.cause = cause,
                        .target = broken_thing(breaker),
                        .began = WallTime{breaker.outage_began_unix_us()},
                        .wasted = breaker.wasted(),
                        .diverted = breaker.diverted(),
                        .served_by = breaker.served_by()};
    return problem(structural ? "critical" : "warn", "breaker_open", outage.target,
                   capitalised(outage_words(outage, at.wall)) +
                       (breaker.state() == v1::BREAKER_STATE_HALF_OPEN ? "; one probe is under way" : ""));
}

void add_breakers(const v1::SnapshotResponse& snapshot, Moment at, std::vector<v1::Problem>& out) {
    std::set<std::string> told;  // a refused key is one problem, however many models it serves
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (breaker.state() == v1::BREAKER_STATE_CLOSED) continue;
        auto row = breaker_problem(breaker, at);
        if (!told.insert(row.object()).second) continue;
        row.set_model(breaker.model());
        row.set_since_unix_us(breaker.since_unix_us());
        out.push_back(std::move(row));
    }
}

void add_drains(const SnapshotInput& in, std::vector<v1::Problem>& out) {
    for (const auto& [deployment, note] : in.drains) {
        auto row = problem("warn", "target_draining", deployment,
                           fmt::format("Out of service: {}, by {}: {}", deployment, note.actor, note.reason));
        row.set_since_unix_us(note.since.unix_us);
        out.push_back(std::move(row));
    }
}

void add_drills(const SnapshotInput& in, std::vector<v1::Problem>& out) {
    for (const v1::Drill& drill : in.drills) {
        const std::string whose = drill.header_only() ? "requests that ask for it"
                                                      : fmt::format("{} % of the requests", drill.share_percent());
        auto row =
            problem("warn", "drill", drill.target(),
                    fmt::format("Drill {}: {} at {} for {} until {}, by {}: {}", drill.id(), drill.fault(),
                                drill.target(), whose, clock_words(WallTime{drill.expires_unix_us()}, in.at.wall),
                                drill.actor(), drill.reason()));
        row.set_since_unix_us(drill.created_unix_us());
        out.push_back(std::move(row));
    }
}

void add_store_failure(const SnapshotInput& in, std::vector<v1::Problem>& out) {
    if (in.store_failure.empty()) return;
    auto row = problem(
        "critical", "store_failed", in.name,
        "The history's file failed, nothing is written any more: " + in.store_failure + "; restart after mending it");
    row.set_since_unix_us(in.store_failed_since.unix_us);
    out.push_back(std::move(row));
}

void add_configuration(const SnapshotInput& in, std::vector<v1::Problem>& out) {
    const auto add = [&](std::string_view kind, std::string text, WallTime since) {
        auto row = problem("warn", kind, "configuration", std::move(text));
        if (since.unix_us != 0) row.set_since_unix_us(since.unix_us);
        out.push_back(std::move(row));
    };
    if (!in.config_problem.empty()) {
        add("config_refused", "The configuration file is wrong; the old one stays in force: " + in.config_problem,
            in.config_problem_since);
    }
    if (!in.restart_needed.empty()) {
        add("restart_needed",
            fmt::format("Takes effect with the next restart only: {}", fmt::join(in.restart_needed, "; ")),
            in.restart_needed_since);
    }
    if (!in.without_effect.empty()) {
        add("config_without_effect",
            fmt::format("Has no effect in this version: {}", fmt::join(in.without_effect, ", ")), {});
    }
}

}  // namespace

bool without_target(const core::ModelEntry& entry, const SnapshotInput& in) {
    if (has_live_lane(entry, in)) return false;
    const auto& defaults = in.fleet.table->config().defaults.fallbacks;
    return std::ranges::none_of(entry.fallbacks.empty() ? defaults : entry.fallbacks, [&](const std::string& name) {
        const core::ModelEntry* next = in.fleet.table->find(name);
        return next != nullptr && next->shape == entry.shape && has_live_lane(*next, in);
    });
}

std::vector<v1::Problem> build_problems(const v1::SnapshotResponse& snapshot, const SnapshotInput& in) {
    std::vector<v1::Problem> out;
    add_down_models(snapshot, in, out);
    add_store_failure(in, out);
    add_breakers(snapshot, in.at, out);
    if (const double shed = snapshot.totals().shed_per_second(); shed > 0) {
        out.push_back(problem("warn", "shedding", in.name,
                              fmt::format("{:.1f} requests per second are shed: every target is busy", shed)));
    }
    std::ranges::move(find_problems({in.fleet.accounts, in.last_idle_refusal, in.truncated}, in.at),
                      std::back_inserter(out));
    add_drills(in, out);
    add_drains(in, out);
    add_configuration(in, out);
    if (in.history_shed > 0) {
        out.push_back(
            problem("warn", "history_shed", in.name,
                    fmt::format("{} requests are missing in the history: the disk cannot keep up", in.history_shed)));
    }
    return worst_first(out);
}

}  // namespace signalbox::control
