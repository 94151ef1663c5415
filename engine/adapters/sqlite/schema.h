// The tables of our files and the steps that bring an older file up to date.
#pragma once

#include <span>

#include "engine/adapters/sqlite/database.h"
#include "engine/base/result.h"

namespace signalbox::adapters {

// One file's schema: the n-th step (SQL statements) leads to version n + 1. Append only.
using Schema = std::span<const char* const>;

[[nodiscard]] Schema history_schema();
[[nodiscard]] Schema ledger_schema();

// Brings the file to the newest version, each step in a transaction of its own. Refuses (store_failed) a file written
// by a newer Signalbox and a database that is not ours; neither is touched.
Result<void> migrate(Database& database, Schema schema);

}  // namespace signalbox::adapters
