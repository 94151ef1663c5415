#include "engine/adapters/sqlite/sqlite_store.h"

#include <utility>

#include "engine/adapters/sqlite/history_query.h"
#include "engine/adapters/sqlite/operator_tables.h"
#include "engine/adapters/sqlite/schema.h"

namespace signalbox::adapters {
namespace {

// The port knows one word for a store that does not answer, whether it is broken or locked by another process.
template <class T>
Result<T> as_port(Result<T> result) {
    if (!result && result.error().code == ErrorCode::unavailable) result.error().code = ErrorCode::store_failed;
    return result;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, Options options, Nanos query_budget) {
    auto control = Database::open(path, Durability::power_loss);
    if (!control) return std::unexpected(control.error());
    if (auto done = migrate(*control, history_schema()); !done) return std::unexpected(done.error());
    auto codes = CodeTable::load(*control);
    if (!codes) return std::unexpected(codes.error());
    auto journal = Database::open(path, Durability::process_crash);
    if (!journal) return std::unexpected(journal.error());

    std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(*control), std::move(*codes), query_budget));
    auto writer = JournalWriter::start(std::move(*journal), std::move(options),
                                       {store->codes_, store->write_lock_, store->failure_});
    if (!writer) return std::unexpected(writer.error());
    store->writer_ = std::move(*writer);
    return store;
}

template <class Write>
auto SqliteStore::write(Write write) -> decltype(write()) {
    if (failure_.failed()) return fail(ErrorCode::store_failed, failure_.detail());
    const std::lock_guard lock(write_lock_);
    auto result = write();
    if (!result && result.error().code == ErrorCode::store_failed) failure_.set(result.error());
    return as_port(std::move(result));
}

Result<ports::HistoryPage> SqliteStore::query(const ports::HistoryFilter& filter, const std::string& cursor,
                                              int limit) {
    const TimeBudget budget(control_, query_budget_);
    auto page = query_history(control_, codes_, filter, cursor, limit);
    if (!page && budget.spent()) {
        return fail(ErrorCode::unavailable, "the search takes too long; narrow the filter or the time range");
    }
    return as_port(std::move(page));
}

Result<ports::RequestRecord> SqliteStore::get(const std::string& id) {
    return as_port(get_record(control_, codes_, id));
}

Result<std::int64_t> SqliteStore::insert_override(ports::OverrideRow row) {
    return write([&] { return adapters::insert_override(control_, row); });
}

Result<void> SqliteStore::update_override(const ports::OverrideRow& row) {
    return write([&] { return adapters::update_override(control_, row); });
}

Result<std::vector<ports::OverrideRow>> SqliteStore::overrides(bool active_only, WallTime now) {
    return as_port(select_overrides(control_, active_only, now));
}

Result<std::int64_t> SqliteStore::append_audit(ports::AuditRow row) {
    return write([&] { return insert_audit(control_, row); });
}

Result<std::vector<ports::AuditRow>> SqliteStore::audit(std::int64_t before_id, int limit) {
    return as_port(select_audit(control_, before_id, limit));
}

Result<void> SqliteStore::append_event(ports::EventRow row) {
    return write([&] { return insert_event(control_, row); });
}

Result<std::vector<ports::EventRow>> SqliteStore::events(std::int64_t before_id, int limit) {
    return as_port(select_events(control_, before_id, limit));
}

}  // namespace signalbox::adapters
