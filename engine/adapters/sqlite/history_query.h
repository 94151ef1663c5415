// Pages of the history: a filter as SQL, every value bound, newest first by row, never OFFSET.
#pragma once

#include <string>

#include "engine/adapters/sqlite/code_table.h"
#include "engine/adapters/sqlite/database.h"
#include "engine/base/result.h"
#include "engine/ports/store.h"

namespace signalbox::adapters {

// `limit` is taken into 1 to limits::history_page_max. invalid_argument: a cursor that is not ours, or a filter of more
// than 512 values.
Result<ports::HistoryPage> query_history(Database& database, const CodeTable& codes, const ports::HistoryFilter& filter,
                                         const std::string& cursor, int limit);

Result<ports::RequestRecord> get_record(Database& database, const CodeTable& codes, const std::string& id);

}  // namespace signalbox::adapters
