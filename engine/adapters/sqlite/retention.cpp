#include "engine/adapters/sqlite/retention.h"

namespace signalbox::adapters {
namespace {

// One row: the pages in use in bytes, and whether the oldest request or event is older than the parameter.
constexpr const char* due_sql = R"(
    SELECT (page_count - freelist_count) * page_size,
           ifnull((SELECT time FROM requests ORDER BY row LIMIT 1) < ?1, 0),
           ifnull((SELECT time FROM events ORDER BY id LIMIT 1) < ?1, 0),
           freelist_count > page_count / 8
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size)";

// Looks at the oldest rows only: a clock that was wrong once must not make this a scan of everything.
constexpr const char* delete_old_sql = R"(
    DELETE FROM requests WHERE row IN
        (SELECT row FROM (SELECT row, time FROM requests ORDER BY row LIMIT ?) WHERE time < ?))";
constexpr const char* delete_first_sql = R"(
    DELETE FROM requests WHERE row IN (SELECT row FROM requests ORDER BY row LIMIT ?))";
constexpr const char* delete_events_sql = R"(
    DELETE FROM events WHERE id IN
        (SELECT id FROM (SELECT id, time FROM events ORDER BY id LIMIT ?) WHERE time < ?))";

}  // namespace

Result<Retention> Retention::prepare(Database& database, RetentionLimits limits) {
    auto due = database.prepare(due_sql);
    auto old = database.prepare(delete_old_sql);
    auto first = database.prepare(delete_first_sql);
    auto events = database.prepare(delete_events_sql);
    for (const auto* statement : {&due, &old, &first, &events}) {
        if (!*statement) return std::unexpected(statement->error());
    }
    return Retention(limits, std::move(*due), std::move(*old), std::move(*first), std::move(*events));
}

Result<std::int64_t> Retention::step(Database& database, WallTime now, std::int64_t rows) {
    const WallTime cutoff = limits_.retain > 0ns ? now + -limits_.retain : WallTime{INT64_MIN};
    const auto row = due_.add(cutoff.unix_us).step();
    if (!row) return std::unexpected(row.error());
    const auto used_bytes = due_.integer();
    const bool too_large = limits_.max_bytes > 0 && used_bytes > limits_.max_bytes;
    const bool old_requests = due_.integer() != 0;
    const bool old_events = due_.integer() != 0;
    const bool mostly_empty = due_.integer() != 0;
    due_.reset();

    std::int64_t deleted = 0;
    if (old_events) {
        if (auto done = delete_events_.add(rows).add(cutoff.unix_us).run(); !done) return std::unexpected(done.error());
    }
    if (too_large || old_requests) {
        const auto done = too_large ? delete_first_.add(rows).run() : delete_old_.add(rows).add(cutoff.unix_us).run();
        if (!done) return std::unexpected(done.error());
        deleted = database.changed_rows();
    }
    if (mostly_empty) {
        if (auto done = database.execute("PRAGMA incremental_vacuum(512)"); !done) return std::unexpected(done.error());
    }
    return deleted;
}

}  // namespace signalbox::adapters
