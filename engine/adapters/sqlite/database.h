// One connection to one of our files, and one transaction on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/adapters/sqlite/statement.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

struct sqlite3;

namespace signalbox::adapters {

// What a commit survives. The file stays sound in both cases.
enum class Durability : std::uint8_t {
    process_crash,  // synchronous=NORMAL: everything committed, unless the machine itself loses power
    power_loss,     // synchronous=FULL: one fsync per commit
};

// Used by one thread at a time. Errors: unavailable (locked by another process for longer than five seconds),
// store_failed.
class Database {
  public:
    // Creates the file, readable by its owner only, when it is missing.
    static Result<Database> open(const std::string& path, Durability durability);

    Result<Statement> prepare(std::string_view sql) { return Statement::prepare(connection_.get(), sql); }
    // One or more statements without parameters.
    Result<void> execute(const std::string& sql);
    // The first column of the first row; store_failed when there is no row.
    Result<std::int64_t> integer(std::string_view sql);
    [[nodiscard]] std::int64_t last_insert_id() const;
    [[nodiscard]] std::int64_t changed_rows() const;  // by the last INSERT, UPDATE or DELETE

  private:
    friend class TimeBudget;
    struct Close {
        void operator()(sqlite3* connection) const;
    };
    explicit Database(sqlite3* connection) : connection_(connection) {}

    std::unique_ptr<sqlite3, Close> connection_;
};

// While it lives, statements of `database` that run past `time` stop with an error. Not for writes.
class TimeBudget {
  public:
    TimeBudget(Database& database, Nanos time);
    ~TimeBudget();
    TimeBudget(const TimeBudget&) = delete;
    TimeBudget& operator=(const TimeBudget&) = delete;
    [[nodiscard]] bool spent() const { return spent_; }

  private:
    static int check(void* self);

    Database& database_;
    std::chrono::steady_clock::time_point end_;
    bool spent_ = false;
};

// Rolled back at the end of the scope unless it was committed.
class Transaction {
  public:
    // Takes the write lock at once, so nothing inside waits for it.
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

  private:
    explicit Transaction(Database& database) : database_(&database) {}

    Database* database_;  // null: nothing left to undo
};

}  // namespace signalbox::adapters
