// The tables of the history's file and the steps that bring an older file up to date.
#pragma once

#include "engine/adapters/sqlite/database.h"
#include "engine/base/result.h"

namespace signalbox::adapters {

// Brings the file to the newest schema, each step in a transaction of its own. Refuses (store_failed) a file written
// by a newer version and a database that is not ours; neither is touched.
Result<void> migrate(Database& database);

}  // namespace signalbox::adapters
