#include "engine/adapters/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

namespace signalbox::adapters {
namespace {

// requests.row is the order of arrival at the store and the key of every page. `notable` is 1 for a row that is
// anything but served at first choice, else NULL: its index stays small, and its entries are in row order. The columns
// the filters look at come first; what only one request's page shows comes last, on overflow pages a scan never reads.
constexpr const char* history_1 = R"(
CREATE TABLE requests (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    error INTEGER NOT NULL,
    why INTEGER NOT NULL,
    status INTEGER NOT NULL,
    notable INTEGER,
    requested_model TEXT NOT NULL,
    served_model TEXT NOT NULL,
    account TEXT NOT NULL,
    override_id INTEGER NOT NULL,
    streamed INTEGER NOT NULL,
    first_token_us INTEGER NOT NULL,
    total_us INTEGER NOT NULL,
    why_detail TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    served_deployment TEXT NOT NULL,
    tags TEXT NOT NULL,
    client TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    config_revision INTEGER NOT NULL,
    client_retry INTEGER NOT NULL,
    estimated_input_tokens INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    queue_us INTEGER NOT NULL,
    overhead_us INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    attempts BLOB NOT NULL,
    candidates BLOB NOT NULL,
    fleet TEXT NOT NULL
);
CREATE INDEX requests_by_model ON requests (requested_model);
CREATE INDEX requests_notable ON requests (notable) WHERE notable IS NOT NULL;

CREATE TABLE error_codes (number INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);

CREATE TABLE overrides (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    from_name TEXT NOT NULL,
    to_name TEXT NOT NULL,
    scope_account TEXT NOT NULL,
    scope_tag TEXT NOT NULL,
    share_percent INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    source TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    ended_by TEXT NOT NULL
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    source TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason TEXT NOT NULL,
    result TEXT NOT NULL
);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    severity TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    text TEXT NOT NULL
);
)";

constexpr const char* history_2 = "ALTER TABLE requests ADD COLUMN cached INTEGER NOT NULL DEFAULT 0";

// `posted` is the sum of an account's posts, `leased` that of what its entries do to its lease; both are written in the
// transaction of the entries they sum up. What is checked at a start need not be added up at the next one:
// checked_posted and checked_leased are the same sums up to the entry state.checked.
constexpr const char* ledger_1 = R"(
CREATE TABLE accounts (
    account INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    posted INTEGER NOT NULL,
    leased INTEGER NOT NULL,
    checked_posted INTEGER NOT NULL DEFAULT 0,
    checked_leased INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    kind INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    lease_change INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    epoch INTEGER NOT NULL
);
CREATE INDEX posts ON entries (account, time, amount) WHERE kind = 2;

CREATE TABLE state (epoch INTEGER NOT NULL, checked INTEGER NOT NULL);
INSERT INTO state VALUES (0, 0);
)";

constexpr std::array history = {history_1, history_2};
constexpr std::array ledger = {ledger_1};

Result<void> migrate_step(Database& database, Schema schema, std::int64_t to) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    const auto step = fmt::format("{}; PRAGMA user_version = {}", schema[static_cast<std::size_t>(to) - 1], to);
    if (auto done = database.execute(step); !done) return done;
    return transaction->commit();
}

}  // namespace

Schema history_schema() {
    return history;
}
Schema ledger_schema() {
    return ledger;
}

Result<void> migrate(Database& database, Schema schema) {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    const auto newest = static_cast<std::int64_t>(schema.size());
    if (*version < 0 || *version > newest) {
        return fail(ErrorCode::store_failed, fmt::format("the file was written by a newer Signalbox: its schema is "
                                                         "{}, this version knows up to {}",
                                                         *version, newest));
    }
    const auto tables = database.integer("SELECT count(*) FROM sqlite_master");
    if (!tables) return std::unexpected(tables.error());
    if (*version == 0 && *tables > 0) return fail(ErrorCode::store_failed, "the file is a database of something else");
    for (auto to = *version + 1; to <= newest; ++to) {
        if (auto done = migrate_step(database, schema, to); !done) return done;
    }
    return {};
}

}  // namespace signalbox::adapters
