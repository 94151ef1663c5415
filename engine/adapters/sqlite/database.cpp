#include "engine/adapters/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace signalbox::adapters {
namespace {

constexpr int busy_timeout_ms = 5000;
constexpr int steps_between_looks = 1000;  // of SQLite's machine: tens of microseconds

// auto_vacuum acts on a new file only. After a burst the log is cut back to 64 MiB.
constexpr const char* settings = R"(
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;)";

// SQLite would create the file readable by everybody; its -wal and -shm files take over these rights.
Result<void> create_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return fail(ErrorCode::store_failed, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    ::close(file);
    return {};
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const {
    sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path, Durability durability) {
    if (auto created = create_private(path); !created) return std::unexpected(created.error());
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(raw);
    if (code != SQLITE_OK) return fail(ErrorCode::store_failed, fmt::format("{}: {}", path, sqlite3_errstr(code)));
    sqlite3_busy_timeout(raw, busy_timeout_ms);
    auto ready = database.execute(settings);
    if (ready) {
        ready = database.execute(durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                                                      : "PRAGMA synchronous = NORMAL");
    }
    if (!ready) return fail(ready.error().code, fmt::format("{}: {}", path, ready.error().detail));
    return database;
}

Result<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return std::unexpected(sqlite_error(connection_.get(), "execute"));
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return fail(ErrorCode::store_failed, "no row");
    return statement->integer();
}

std::int64_t Database::last_insert_id() const {
    return sqlite3_last_insert_rowid(connection_.get());
}

std::int64_t Database::changed_rows() const {
    return sqlite3_changes64(connection_.get());
}

TimeBudget::TimeBudget(Database& database, Nanos time)
    : database_(database), end_(std::chrono::steady_clock::now() + time) {
    sqlite3_progress_handler(database_.connection_.get(), steps_between_looks, check, this);
}

TimeBudget::~TimeBudget() {
    sqlite3_progress_handler(database_.connection_.get(), 0, nullptr, nullptr);
}

int TimeBudget::check(void* self) {
    auto& budget = *static_cast<TimeBudget*>(self);
    budget.spent_ = std::chrono::steady_clock::now() >= budget.end_;
    return budget.spent_ ? 1 : 0;
}

Result<Transaction> Transaction::begin(Database& database) {
    if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
    return Transaction(database);
}

// A rollback that fails leaves nothing to be done: SQLite has then rolled back by itself.
Transaction::~Transaction() {
    if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
    auto committed = database_->execute("COMMIT");
    if (committed) database_ = nullptr;
    return committed;
}

}  // namespace signalbox::adapters
