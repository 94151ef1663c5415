#include "engine/control/overrides.h"

#include <algorithm>
#include <cstdlib>

#include "engine/base/limits.h"
#include "engine/control/failure.h"

namespace signalbox::control {
namespace {

// The two clocks are not read at one instant, and drift; a time that is shown must not tremble for that.
constexpr Nanos clock_noise = 1s;

std::string object_of(const ports::OverrideRow& row) {
    return "override " + std::to_string(row.id);
}

bool remembered(const ports::OverrideRow& row, WallTime wall) {
    return row.created + idempotency_window > wall;
}

}  // namespace

bool Overrides::is_active(const Entry& entry, Moment at) {
    return entry.row.ended.unix_us == 0 && entry.expires > at.now;
}

Result<void> Overrides::restore(const core::RoutingTable& table, Moment at) {
    auto rows = store_.overrides(false, at.wall);
    if (!rows) return std::unexpected(std::move(rows.error()));
    for (auto& row : *rows) {
        if (row.ended.unix_us != 0 && !remembered(row, at.wall)) continue;
        const Nanos left = std::chrono::microseconds(row.expires.unix_us - at.wall.unix_us);
        // A wall clock that was set back meanwhile must not stretch a lease.
        const Instant expires = at.now + std::min<Nanos>(left, limits::override_ttl_max);
        entries_[row.id] = {.row = std::move(row), .expires = expires};
    }
    publish(at);
    tick(at);
    adopt(table, at);
    return {};
}

const ports::OverrideRow* Overrides::find_key(const std::string& idempotency_key, WallTime wall) const {
    if (idempotency_key.empty()) return nullptr;
    for (const auto& [id, entry] : entries_) {
        if (entry.row.idempotency_key == idempotency_key && remembered(entry.row, wall)) return &entry.row;
    }
    return nullptr;
}

api::Answer<v1::Override> Overrides::create(const v1::CreateOverrideRequest& request, const core::RoutingTable& table,
                                            const Caller& caller, Moment at) {
    if (const auto* first = find_key(request.idempotency_key(), at.wall)) {
        const bool same = first->from == table.resolve_alias(request.from()) &&
                          first->to == table.resolve_alias(request.to()) &&
                          first->scope_account == request.scope_account() && first->scope_tag == request.scope_tag();
        if (same) return message_of(*first, at);
        return refuse(ErrorCode::conflict, "this idempotency key belongs to another override", first->id);
    }
    Act act{.actor = actor_of(caller, request.actor()),
            .source = source_of(caller, request.source()),
            .action = "override.create",
            .object = request.from(),
            .after = request.from() + " -> " + request.to(),
            .reason = request.reason()};
    auto row = check_create(request, table, active_rows(at), caller, at.wall);
    if (!row) {
        trail_.result(act, row.error().code, at.wall);
        return std::unexpected(std::move(row.error()));
    }
    act.after = describe(*row);
    if (auto done = trail_.intent(act, at.wall); !done) return refuse(std::move(done.error()));
    auto id = store_.insert_override(*row);
    if (!id) {
        trail_.result(act, id.error().code, at.wall);
        return refuse(std::move(id.error()));
    }
    row->id = *id;
    const Entry& entry = entries_[*id] = {.row = *row, .expires = at.now + std::chrono::seconds(request.ttl_seconds())};
    publish(at);
    act.object = object_of(*row);
    trail_.result(act, ErrorCode::ok, at.wall);
    trail_.event("warn", "override_created", act.object, act.after + ", by " + row->actor + ": " + row->reason,
                 at.wall);
    return message_of(entry.row, at);
}

api::Answer<Overrides::Entry*> Overrides::find_active(std::int64_t id, Moment at) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return refuse(ErrorCode::not_found, "no active override " + std::to_string(id));
    if (!is_active(found->second, at)) {
        return refuse(ErrorCode::invalid_argument, "override " + std::to_string(id) + " has ended");
    }
    return &found->second;
}

Result<void> Overrides::change(Entry& entry, ports::OverrideRow changed, const Act& act, Moment at) {
    if (auto done = trail_.intent(act, at.wall); !done) return done;
    auto done = store_.update_override(changed);
    if (done) {
        entry.expires = at.now + std::chrono::microseconds(changed.expires.unix_us - at.wall.unix_us);
        entry.row = std::move(changed);
        publish(at);
    }
    trail_.result(act, done ? ErrorCode::ok : done.error().code, at.wall);
    return done;
}

api::Answer<v1::Override> Overrides::extend(const v1::ExtendOverrideRequest& request, const Caller& caller, Moment at) {
    auto entry = find_active(request.id(), at);
    if (!entry) return std::unexpected(std::move(entry.error()));
    auto row = check_extend(request, told(**entry, at), at.wall);
    if (!row) return std::unexpected(std::move(row.error()));
    const std::string named = actor_of(caller, request.actor());
    const Act act{.actor = named.empty() ? caller.actor : named,
                  .source = source_of(caller, request.source()),
                  .action = "override.extend",
                  .object = object_of(*row),
                  .before = describe(told(**entry, at)),
                  .after = describe(*row)};
    if (auto done = change(**entry, *row, act, at); !done) return refuse(std::move(done.error()));
    trail_.event("info", "override_extended", act.object, act.after + ", by " + act.actor, at.wall);
    return message_of((*entry)->row, at);
}

api::Answer<v1::Override> Overrides::end(const v1::EndOverrideRequest& request, const Caller& caller, Moment at) {
    auto entry = find_active(request.id(), at);
    if (!entry) {
        if (entry.error().code == ErrorCode::not_found) return std::unexpected(std::move(entry.error()));
        return message_of(entries_.at(request.id()).row, at);
    }
    const std::string named = actor_of(caller, request.actor());
    ports::OverrideRow row = told(**entry, at);
    row.ended = at.wall;
    row.ended_by = named.empty() ? caller.actor : named;
    const Act act{.actor = row.ended_by,
                  .source = source_of(caller, request.source()),
                  .action = "override.end",
                  .object = object_of(row),
                  .before = describe(row),
                  .after = "ended"};
    if (auto done = change(**entry, std::move(row), act, at); !done) return refuse(std::move(done.error()));
    trail_.event("info", "override_ended", act.object, act.before + ": ended by " + act.actor, at.wall);
    return message_of((*entry)->row, at);
}

api::Answer<v1::ListOverridesResponse> Overrides::list(bool active_only, Moment at) const {
    v1::ListOverridesResponse out;
    if (active_only) {
        for (auto& row : active(at)) *out.add_overrides() = std::move(row);
    } else {
        auto rows = store_.overrides(false, at.wall);
        if (!rows) return refuse(std::move(rows.error()));
        for (const auto& row : *rows) *out.add_overrides() = message_of(row, at);
    }
    std::ranges::sort(*out.mutable_overrides(), std::greater{}, &v1::Override::id);
    return out;
}

void Overrides::end_by_itself(Entry& entry, const std::string& why, Moment at) {
    entry.row = told(entry, at);
    entry.row.ended = std::min(entry.row.expires, at.wall);
    entry.row.ended_by = why;
    // The engine has stopped obeying it whether or not this is stored; restore() ends a row that stayed open.
    const auto stored = store_.update_override(entry.row);
    trail_.result({.actor = "signalbox",
                   .source = "engine",
                   .action = "override.end",
                   .object = object_of(entry.row),
                   .before = describe(entry.row),
                   .after = "ended",
                   .reason = why},
                  stored ? ErrorCode::ok : stored.error().code, at.wall);
    trail_.event("info", "override_ended", object_of(entry.row), describe(entry.row) + ": " + why, at.wall);
}

Instant Overrides::tick(Moment at) {
    Instant next = never;
    bool changed = false;
    for (auto& [id, entry] : entries_) {
        if (entry.row.ended.unix_us != 0) continue;
        if (is_active(entry, at)) {
            next = std::min(next, entry.expires);
            continue;
        }
        end_by_itself(entry, "expiry", at);
        changed = true;
    }
    std::erase_if(entries_, [&](const auto& row) {
        return row.second.row.ended.unix_us != 0 && !remembered(row.second.row, at.wall);
    });
    if (changed) publish(at);
    return next;
}

void Overrides::adopt(const core::RoutingTable& table, Moment at) {
    bool changed = false;
    for (auto& [id, entry] : entries_) {
        if (!is_active(entry, at) || table.find(entry.row.to) != nullptr) continue;
        end_by_itself(entry, "its target left the configuration", at);
        changed = true;
    }
    if (changed) publish(at);
}

// The wall clock may have been set since: what counts is the instant, told in today's wall time.
ports::OverrideRow Overrides::told(const Entry& entry, Moment at) {
    ports::OverrideRow row = entry.row;
    if (row.ended.unix_us != 0) return row;
    const WallTime expires = at.wall + (entry.expires - at.now);
    const bool stepped = std::abs(expires.unix_us - row.expires.unix_us) > to_us(clock_noise);
    if (stepped || in_force(row, at.wall) != is_active(entry, at)) row.expires = expires;
    return row;
}

v1::Override Overrides::message_of(const ports::OverrideRow& row, Moment at) const {
    const auto entry = entries_.find(row.id);
    if (entry == entries_.end()) return to_message(row, 0, at.wall);
    return to_message(told(entry->second, at), entry->second.diverted->load(std::memory_order_relaxed), at.wall);
}

std::vector<v1::Override> Overrides::active(Moment at) const {
    std::vector<v1::Override> out;
    for (const auto& row : active_rows(at)) out.push_back(message_of(row, at));
    return out;
}

std::vector<ports::OverrideRow> Overrides::active_rows(Moment at) const {
    std::vector<ports::OverrideRow> rows;
    for (const auto& [id, entry] : entries_) {
        if (is_active(entry, at)) rows.push_back(told(entry, at));
    }
    return rows;
}

void Overrides::publish(Moment at) const {
    auto table = std::make_shared<core::OverrideTable>();
    for (const auto& [id, entry] : entries_) {
        if (is_active(entry, at)) table->rows.push_back(to_active(entry.row, entry.expires, entry.diverted));
    }
    publish_(std::move(table));
}

}  // namespace signalbox::control
