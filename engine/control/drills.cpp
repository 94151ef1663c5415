#include "engine/control/drills.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "engine/base/limits.h"
#include "engine/control/failure.h"
#include "engine/control/override_rules.h"
#include "engine/control/wording.h"
#include "engine/core/config/suggest.h"

namespace signalbox::control {
namespace {

constexpr std::int64_t ttl_max_seconds = limits::drill_ttl_max / 1s;
constexpr Nanos clock_noise = 1s;  // between the readings of two clocks
constexpr int share_default = 10;  // percent
constexpr std::size_t suggestions = 3;

std::string object_of(const v1::Drill& row) {
    return "drill " + std::to_string(row.id());
}

std::string describe(const v1::Drill& row) {
    const std::string whose = row.header_only() ? "requests with x-signalbox-drill: " + row.fault()
                                                : fmt::format("{} % of the requests", row.share_percent());
    return fmt::format("{} at {}, {}, until {}", row.fault(), row.target(), whose,
                       iso_time(WallTime{row.expires_unix_us()}));
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known) {
    const auto near = core::nearest(word.substr(0, limits::name_length_max), known, suggestions);
    return near.empty() ? std::string() : fmt::format("; did you mean {}?", fmt::join(near, " or "));
}

api::Failure unknown_fault(std::string_view word) {
    std::vector<std::string> known;
    for (const core::FaultInfo& info : core::fault_catalogue()) known.emplace_back(info.word);
    return {
        ErrorCode::invalid_argument,
        fmt::format("there is no fault '{}'{}", word.substr(0, limits::name_length_max), did_you_mean(word, known))};
}

api::Failure unknown_target(std::string_view word, const core::RoutingTable& table) {
    std::vector<std::string> known;
    for (const core::ProviderConfig& provider : table.config().providers) known.push_back(provider.name);
    for (const core::Deployment& deployment : table.deployments()) known.push_back(deployment.name);
    for (const core::ModelEntry& model : table.models()) known.push_back(model.name);
    return {ErrorCode::not_found, fmt::format("there is no provider, key, target or model '{}'{}",
                                              word.substr(0, limits::name_length_max), did_you_mean(word, known))};
}

bool is_playable(std::string_view word) {
    return std::ranges::find(core::fault_catalogue(), word, &core::FaultInfo::word) != core::fault_catalogue().end();
}

std::optional<api::Failure> check_form(const v1::StartDrillRequest& request) {
    const auto wrong = [](std::string text) { return api::Failure{ErrorCode::invalid_argument, std::move(text)}; };
    if (request.ttl_seconds() < 0 || request.ttl_seconds() > ttl_max_seconds) {
        return wrong(fmt::format("ttl_seconds must be from 1 to {}", ttl_max_seconds));
    }
    if (request.share_percent() < 0 || request.share_percent() > 100) {
        return wrong("share_percent must be from 1 to 100");
    }
    if (request.header_only() && request.share_percent() != 0) {
        return wrong("header_only strikes every request that carries the header: it takes no share_percent");
    }
    if (request.idempotency_key().size() > limits::name_length_max) return wrong("idempotency_key is too long");
    if (!is_playable(request.fault())) return unknown_fault(request.fault());
    return std::nullopt;
}

// A provider or key whose outage is older than the drill is out for reasons of its own.
bool broken_since(const flow::FleetView& fleet, const core::Lane& lane, Instant started) {
    const core::LaneState& state = fleet.lanes[static_cast<std::size_t>(lane.id)];
    const auto is_open = [](const core::Health& health) { return health.state() != core::BreakerState::closed; };
    const auto broke_lately = [&](const core::Health& health) {
        return is_open(health) && health.outage_began() >= started;
    };
    bool lately = broke_lately(state.health) || state.busy_since >= started;
    bool before = is_open(state.health) && !broke_lately(state.health);
    if (lane.key_id >= 0) {
        const core::Health& key = fleet.keys[static_cast<std::size_t>(lane.key_id)].health;
        lately = lately || broke_lately(key);
        before = before || (is_open(key) && !broke_lately(key));
    }
    return lately && !before;
}

}  // namespace

const Drills::Entry* Drills::find_key(const std::string& idempotency_key) const {
    if (idempotency_key.empty()) return nullptr;
    const auto row =
        std::ranges::find_if(entries_, [&](const auto& one) { return one.second.idempotency_key == idempotency_key; });
    return row == entries_.end() ? nullptr : &row->second;
}

api::Answer<v1::Drill> Drills::check(const v1::StartDrillRequest& request, const std::string& actor, Moment at) const {
    if (auto failure = check_form(request)) return std::unexpected(std::move(*failure));
    if (auto failure = check_order(actor, request.reason())) return std::unexpected(std::move(*failure));
    const auto rules = router_.rules();
    const std::string target(rules.table->resolve_alias(request.target()));
    if (core::lanes_of(target, *rules.table).empty()) {
        return std::unexpected(unknown_target(request.target(), *rules.table));
    }
    std::size_t active = 0;
    for (const auto& [id, entry] : entries_) {
        if (!entry.in_force(at.now)) continue;
        ++active;
        const v1::Drill& row = entry.row;
        const bool alike = row.target() == target && row.header_only() == request.header_only();
        if (!alike || (row.header_only() && row.fault() != request.fault())) continue;
        return refuse(ErrorCode::conflict, fmt::format("drill {} already plays {}", id, describe(row)), id);
    }
    if (active >= limits::drills_active_max) return refuse(ErrorCode::limit_reached, "too many drills are in force");
    v1::Drill row;
    row.set_target(target);
    row.set_fault(request.fault());
    row.set_header_only(request.header_only());
    if (!request.header_only()) {
        row.set_share_percent(request.share_percent() == 0 ? share_default : request.share_percent());
    }
    row.set_reason(trimmed(request.reason()));
    row.set_actor(actor);
    row.set_created_unix_us(at.wall.unix_us);
    const Nanos ttl = request.ttl_seconds() == 0 ? limits::drill_ttl : std::chrono::seconds(request.ttl_seconds());
    row.set_expires_unix_us((at.wall + ttl).unix_us);
    return row;
}

const Drills::Entry& Drills::put_in_force(v1::Drill row, const std::string& idempotency_key, Moment at) {
    row.set_id(++last_id_);
    Entry& entry = entries_[last_id_];
    entry.drill.id = row.id();
    entry.drill.target = row.target();
    entry.drill.fault = *core::fault_from(row.fault());
    entry.drill.share_percent = row.share_percent();
    entry.drill.header_only = row.header_only();
    entry.drill.expires = at.now + std::chrono::microseconds(row.expires_unix_us() - row.created_unix_us());
    entry.drill.struck = std::make_shared<std::atomic<std::int64_t>>(0);
    entry.row = std::move(row);
    entry.idempotency_key = idempotency_key;
    entry.started = at.now;
    publish(at);
    return entry;
}

api::Answer<v1::Drill> Drills::start(const v1::StartDrillRequest& request, const Caller& caller, Moment at) {
    if (const Entry* first = find_key(request.idempotency_key())) {
        const bool same = first->row.target() == router_.rules().table->resolve_alias(request.target()) &&
                          first->row.fault() == request.fault() && first->row.header_only() == request.header_only();
        if (same) return message_of(*first, at);
        return refuse(ErrorCode::conflict, "this idempotency key belongs to another drill", first->row.id());
    }
    Act act{.actor = actor_of(caller, request.actor()),
            .source = source_of(caller, request.source()),
            .action = "drill.start",
            .object = request.target().substr(0, limits::name_length_max),
            .after = request.fault().substr(0, limits::name_length_max),
            .reason = request.reason().substr(0, limits::reason_length_max)};
    auto row = check(request, act.actor, at);
    if (!row) {
        trail_.result(act, row.error().code, at.wall);
        return std::unexpected(std::move(row.error()));
    }
    act.after = describe(*row);
    if (auto done = trail_.intent(act, at.wall); !done) return refuse(std::move(done.error()));
    row->set_source(act.source);
    const Entry& entry = put_in_force(std::move(*row), request.idempotency_key(), at);
    act.object = object_of(entry.row);
    trail_.result(act, ErrorCode::ok, at.wall);
    trail_.event("warn", "drill_started", act.object, fmt::format("{}, by {}: {}", act.after, act.actor, act.reason),
                 at.wall);
    return message_of(entry, at);
}

api::Answer<v1::Drill> Drills::stop(const v1::StopDrillRequest& request, const Caller& caller, Moment at) {
    const auto found = entries_.find(request.id());
    if (found == entries_.end()) {
        return refuse(ErrorCode::not_found, "there is no drill " + std::to_string(request.id()));
    }
    Entry& entry = found->second;
    if (!entry.in_force(at.now)) return message_of(entry, at);
    const std::string named = actor_of(caller, request.actor());
    const std::string actor = (named.empty() ? caller.actor : named).substr(0, limits::name_length_max);
    const Act act{.actor = actor,
                  .source = source_of(caller, request.source()),
                  .action = "drill.stop",
                  .object = object_of(entry.row),
                  .before = describe(entry.row),
                  .after = "ended"};
    if (auto done = trail_.intent(act, at.wall); !done) return refuse(std::move(done.error()));
    end(entry, actor, at);
    trail_.result(act, ErrorCode::ok, at.wall);
    trail_.event("info", "drill_ended", act.object, act.before + ": ended by " + actor, at.wall);
    return message_of(entry, at);
}

v1::ListDrillsResponse Drills::list(bool active_only, Moment at) const {
    v1::ListDrillsResponse out;
    for (auto row = entries_.rbegin(); row != entries_.rend(); ++row) {
        if (!active_only || row->second.in_force(at.now)) *out.add_drills() = message_of(row->second, at);
    }
    return out;
}

std::vector<v1::Drill> Drills::active(Moment at) const {
    std::vector<v1::Drill> out;
    for (const auto& [id, entry] : entries_) {
        if (entry.in_force(at.now)) out.push_back(message_of(entry, at));
    }
    return out;
}

void Drills::end(Entry& entry, const std::string& who, Moment at) {
    entry.row.set_ended_unix_us(std::min(entry.row.expires_unix_us(), at.wall.unix_us));
    entry.row.set_ended_by(who);
    publish(at);
    restore_breakers(entry, at.now);
}

void Drills::end_by_itself(Entry& entry, const std::string& why, Moment at) {
    end(entry, why, at);
    trail_.result({.actor = "signalbox",
                   .source = "engine",
                   .action = "drill.stop",
                   .object = object_of(entry.row),
                   .before = describe(entry.row),
                   .after = "ended",
                   .reason = why},
                  ErrorCode::ok, at.wall);
    trail_.event("info", "drill_ended", object_of(entry.row), describe(entry.row) + ": " + why, at.wall);
}

// What broke while it was in force, and only that.
void Drills::restore_breakers(const Entry& entry, Instant now) {
    if (entry.drill.header_only) return;  // nobody was told of its failures
    const flow::FleetView fleet = router_.view();
    const std::vector<core::LaneId> struck = core::lanes_of(entry.drill.target, *fleet.table);
    for (const core::Deployment& deployment : fleet.table->deployments()) {
        for (const core::Lane& lane : deployment.lanes) {
            if (std::ranges::find(struck, lane.id) == struck.end()) continue;
            if (broken_since(fleet, lane, entry.started)) router_.act(lane.id, flow::BreakerAct::reset, {}, now);
        }
    }
}

Instant Drills::tick(Moment at) {
    Instant next = never;
    for (auto& [id, entry] : entries_) {
        if (entry.row.has_ended_unix_us()) continue;
        if (entry.in_force(at.now)) {
            next = std::min(next, entry.drill.expires);
        } else {
            end_by_itself(entry, "expiry", at);
        }
    }
    forget_old();
    return next;
}

void Drills::adopt(const core::RoutingTable& table, Moment at) {
    for (auto& [id, entry] : entries_) {
        if (!entry.in_force(at.now) || !core::lanes_of(entry.drill.target, table).empty()) continue;
        end_by_itself(entry, "its target left the configuration", at);
    }
}

void Drills::forget_old() {
    const auto over = [](const auto& row) { return row.second.row.has_ended_unix_us(); };
    for (auto n = std::ranges::count_if(entries_, over); std::cmp_greater(n, limits::drills_remembered_max); --n) {
        entries_.erase(std::ranges::find_if(entries_, over));
    }
}

v1::Drill Drills::message_of(const Entry& entry, Moment at) {
    v1::Drill out = entry.row;
    out.set_struck(entry.drill.struck->load(std::memory_order_relaxed));
    // The wall clock may have been set since: what counts is the instant. A time that is shown does not tremble.
    const WallTime expires = wall_of(entry.drill.expires, at);
    const bool stepped = std::abs(expires.unix_us - out.expires_unix_us()) > to_us(clock_noise);
    if (stepped && !out.has_ended_unix_us()) out.set_expires_unix_us(expires.unix_us);
    return out;
}

void Drills::publish(Moment at) const {
    auto table = std::make_shared<core::DrillTable>();
    for (const auto& [id, entry] : entries_) {
        if (entry.in_force(at.now)) table->rows.push_back(entry.drill);
    }
    router_.set_drills(table->rows.empty() ? nullptr : std::move(table));
}

}  // namespace signalbox::control
