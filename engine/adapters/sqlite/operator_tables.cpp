#include "engine/adapters/sqlite/operator_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::adapters {
namespace {

using ports::AuditRow;
using ports::EventRow;
using ports::OverrideRow;

constexpr const char* override_columns =
    "kind, from_name, to_name, scope_account, scope_tag, share_percent, reason, actor, source, idempotency_key, "
    "created, expires, ended, ended_by";

// In the order of override_columns.
void add_override(Statement& s, const OverrideRow& row) {
    s.add(row.kind).add(row.from).add(row.to).add(row.scope_account).add(row.scope_tag).add(row.share_percent);
    s.add(row.reason).add(row.actor).add(row.source).add(row.idempotency_key);
    s.add(row.created.unix_us).add(row.expires.unix_us).add(row.ended.unix_us).add(row.ended_by);
}

OverrideRow read_override(Statement& s) {
    OverrideRow row;
    row.id = s.integer();
    row.kind = s.text();
    row.from = s.text();
    row.to = s.text();
    row.scope_account = s.text();
    row.scope_tag = s.text();
    row.share_percent = static_cast<std::int32_t>(s.integer());
    row.reason = s.text();
    row.actor = s.text();
    row.source = s.text();
    row.idempotency_key = s.text();
    row.created.unix_us = s.integer();
    row.expires.unix_us = s.integer();
    row.ended.unix_us = s.integer();
    row.ended_by = s.text();
    return row;
}

AuditRow read_audit(Statement& s) {
    AuditRow row;
    row.id = s.integer();
    row.time.unix_us = s.integer();
    row.actor = s.text();
    row.source = s.text();
    row.action = s.text();
    row.object = s.text();
    row.before = s.text();
    row.after = s.text();
    row.reason = s.text();
    row.result = s.text();
    return row;
}

EventRow read_event(Statement& s) {
    EventRow row;
    row.id = s.integer();
    row.time.unix_us = s.integer();
    row.severity = s.text();
    row.kind = s.text();
    row.object = s.text();
    row.text = s.text();
    return row;
}

// Prepares, lets `add` bind the values, runs to the end.
template <class Add>
Result<void> write(Database& database, std::string_view sql, Add add) {
    auto statement = database.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    add(*statement);
    return statement->run();
}

// The same for a query, with `read` making one Row of each row.
template <class Row, class Add>
Result<std::vector<Row>> select(Database& database, std::string_view sql, Add add, Row (*read)(Statement&)) {
    auto statement = database.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    add(*statement);
    std::vector<Row> rows;
    while (true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return rows;
        rows.push_back(read(*statement));
    }
}

template <class Row>
Result<std::vector<Row>> select_before(Database& database, std::string_view columns_and_table, std::int64_t before_id,
                                       int limit, Row (*read)(Statement&)) {
    const auto sql = fmt::format("SELECT {} WHERE id < ? ORDER BY id DESC LIMIT ?", columns_and_table);
    const auto add = [&](Statement& s) {
        s.add(before_id > 0 ? before_id : INT64_MAX);
        s.add(std::clamp(limit, 1, static_cast<int>(limits::history_page_max)));
    };
    return select<Row>(database, sql, add, read);
}

}  // namespace

Result<std::int64_t> insert_override(Database& database, const OverrideRow& row) {
    const auto sql =
        fmt::format("INSERT INTO overrides ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", override_columns);
    const auto done = write(database, sql, [&](Statement& s) { add_override(s, row); });
    if (!done) return std::unexpected(done.error());
    return database.last_insert_id();
}

Result<void> update_override(Database& database, const OverrideRow& row) {
    const auto sql = fmt::format("UPDATE overrides SET ({}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?",
                                 override_columns);
    auto done = write(database, sql, [&](Statement& s) {
        add_override(s, row);
        s.add(row.id);
    });
    if (done && database.changed_rows() == 0) return fail(ErrorCode::not_found, fmt::format("no override {}", row.id));
    return done;
}

Result<std::vector<OverrideRow>> select_overrides(Database& database, bool active_only, WallTime now) {
    const auto sql = fmt::format("SELECT id, {} FROM overrides WHERE NOT ? OR (ended = 0 AND expires > ?) ORDER BY id",
                                 override_columns);
    const auto add = [&](Statement& s) { s.add(active_only).add(now.unix_us); };
    return select<OverrideRow>(database, sql, add, read_override);
}

Result<std::int64_t> insert_audit(Database& database, const AuditRow& row) {
    constexpr std::string_view sql =
        "INSERT INTO audit (time, actor, source, action, object, before, after, reason, result) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const auto done = write(database, sql, [&](Statement& s) {
        s.add(row.time.unix_us).add(row.actor).add(row.source).add(row.action).add(row.object);
        s.add(row.before).add(row.after).add(row.reason).add(row.result);
    });
    if (!done) return std::unexpected(done.error());
    return database.last_insert_id();
}

Result<void> insert_event(Database& database, const EventRow& row) {
    constexpr std::string_view sql = "INSERT INTO events (time, severity, kind, object, text) VALUES (?, ?, ?, ?, ?)";
    return write(database, sql, [&](Statement& s) {
        s.add(row.time.unix_us).add(row.severity).add(row.kind).add(row.object).add(row.text);
    });
}

Result<std::vector<AuditRow>> select_audit(Database& database, std::int64_t before_id, int limit) {
    return select_before(database, "id, time, actor, source, action, object, before, after, reason, result FROM audit",
                         before_id, limit, read_audit);
}

Result<std::vector<EventRow>> select_events(Database& database, std::int64_t before_id, int limit) {
    return select_before(database, "id, time, severity, kind, object, text FROM events", before_id, limit, read_event);
}

}  // namespace signalbox::adapters
