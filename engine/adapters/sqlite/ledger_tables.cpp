#include "engine/adapters/sqlite/ledger_tables.h"

#include <map>
#include <string_view>
#include <utility>

namespace signalbox::adapters {
namespace {

// Adds up what was written since the last start. A sum is NULL where an account has no such entry.
constexpr const char* correct_sums = R"(
    WITH truth AS (
        SELECT a.account, a.checked_posted + ifnull(sum(CASE e.kind WHEN 2 THEN e.amount END), 0) AS posted,
               a.checked_leased + ifnull(sum(e.lease_change), 0) AS leased
        FROM accounts a LEFT JOIN (SELECT * FROM entries WHERE id > (SELECT checked FROM state)) e USING (account)
        GROUP BY a.account)
    UPDATE accounts SET posted = truth.posted, leased = truth.leased FROM truth
    WHERE accounts.account = truth.account AND (accounts.posted, accounts.leased) != (truth.posted, truth.leased))";

constexpr const char* begin_epoch = R"(
    UPDATE accounts SET checked_posted = posted, checked_leased = leased;
    UPDATE state SET epoch = epoch + 1, checked = (SELECT ifnull(max(id), 0) FROM entries))";

Result<std::vector<AccountBooks>> read_accounts(Database& database) {
    auto select = database.prepare("SELECT name, posted, leased FROM accounts ORDER BY account");
    if (!select) return std::unexpected(select.error());
    std::vector<AccountBooks> accounts;
    for (;;) {
        const auto row = select->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return accounts;
        auto& books = accounts.emplace_back();
        books.account = select->text();
        books.posted_since = books.posted_total = {select->integer()};
        books.leased = {select->integer()};
    }
}

Result<void> read_windows(Database& database, const std::vector<LedgerWindow>& windows,
                          std::vector<AccountBooks>& accounts) {
    auto select = database.prepare(
        "SELECT ifnull(sum(amount), 0) FROM entries "
        "WHERE kind = 2 AND account = (SELECT account FROM accounts WHERE name = ?) AND time >= ?");
    if (!select) return std::unexpected(select.error());
    std::map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < accounts.size(); ++i) places.emplace(accounts[i].account, i);
    for (const auto& window : windows) {
        const auto [place, fresh] = places.try_emplace(window.account, accounts.size());
        if (fresh) accounts.emplace_back().account = window.account;
        const auto row = select->add(window.account).add(window.since.unix_us).step();
        if (!row) return std::unexpected(row.error());
        accounts[place->second].since = window.since;
        accounts[place->second].posted_since = {select->integer()};
        select->reset();
    }
    return {};
}

}  // namespace

Result<LedgerBooks> open_books(Database& database, const std::vector<LedgerWindow>& windows) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    LedgerBooks books;
    if (auto done = database.execute(correct_sums); !done) return std::unexpected(done.error());
    books.corrected = database.changed_rows() > 0;
    if (auto done = database.execute(begin_epoch); !done) return std::unexpected(done.error());
    const auto epoch = database.integer("SELECT epoch FROM state");
    if (!epoch) return std::unexpected(epoch.error());
    const auto last = database.integer("SELECT checked FROM state");
    if (!last) return std::unexpected(last.error());
    auto accounts = read_accounts(database);
    if (!accounts) return std::unexpected(accounts.error());
    if (auto done = read_windows(database, windows, *accounts); !done) return std::unexpected(done.error());
    if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
    books.epoch = static_cast<std::uint32_t>(*epoch);
    books.last_id = static_cast<std::uint64_t>(*last);
    books.accounts = std::move(*accounts);
    return books;
}

Result<EntryInsert> EntryInsert::prepare(Database& database) {
    auto balance = database.prepare(
        "INSERT INTO accounts (name, posted, leased) VALUES (?, ?, ?) ON CONFLICT (name) "
        "DO UPDATE SET posted = posted + excluded.posted, leased = leased + excluded.leased");
    if (!balance) return std::unexpected(balance.error());
    auto entry = database.prepare(
        "INSERT INTO entries VALUES (?, (SELECT account FROM accounts WHERE name = ?), ?, ?, ?, ?, ?, ?, ?)");
    if (!entry) return std::unexpected(entry.error());
    return EntryInsert(std::move(*balance), std::move(*entry));
}

Result<void> EntryInsert::run(Database& database, const std::vector<LedgerEntry>& entries) {
    struct Change {
        std::int64_t posted = 0;
        std::int64_t leased = 0;
    };
    std::map<std::string_view, Change> changes;
    for (const auto& entry : entries) {
        auto& change = changes[entry.account];
        if (entry.kind == EntryKind::post) change.posted += entry.amount.value;
        change.leased += lease_change(entry);
    }
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    for (const auto& [name, change] : changes) {
        if (auto done = balance_.add(name).add(change.posted).add(change.leased).run(); !done) return done;
    }
    for (const auto& entry : entries) {
        entry_.add(static_cast<std::int64_t>(entry.id)).add(entry.account).add(std::to_underlying(entry.kind));
        entry_.add(entry.amount.value).add(lease_change(entry)).add(entry.estimated ? 1 : 0);
        entry_.add(std::string_view(entry.request_id.data())).add(entry.time.unix_us).add(entry.epoch);
        if (auto done = entry_.run(); !done) return done;
    }
    return transaction->commit();
}

}  // namespace signalbox::adapters
