// The ledger's rows: entries are appended, and what they sum up to is kept beside them in the same transaction.
#pragma once

#include <vector>

#include "engine/adapters/sqlite/database.h"
#include "engine/base/ledger_entry.h"
#include "engine/base/result.h"

namespace signalbox::adapters {

// Begins a new epoch and tells what the file holds. Sums that contradict the entries written since the last start are
// made anew from them.
Result<LedgerBooks> open_books(Database& database, const std::vector<LedgerWindow>& windows);

class EntryInsert {
  public:
    static Result<EntryInsert> prepare(Database& database);
    // All or nothing, in one transaction of `database`. `unavailable` comes from its beginning only.
    Result<void> run(Database& database, const std::vector<LedgerEntry>& entries);

  private:
    EntryInsert(Statement balance, Statement entry) : balance_(std::move(balance)), entry_(std::move(entry)) {}

    Statement balance_;
    Statement entry_;
};

}  // namespace signalbox::adapters
