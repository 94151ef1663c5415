// Overrides, audit trail and events: few rows, each durable before the call returns when `database` is a connection of
// Durability::power_loss. The meaning of every call is that of ports::Store.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/adapters/sqlite/database.h"
#include "engine/base/result.h"
#include "engine/ports/store.h"

namespace signalbox::adapters {

Result<std::int64_t> insert_override(Database& database, const ports::OverrideRow& row);
Result<void> update_override(Database& database, const ports::OverrideRow& row);
// In the order they were made.
Result<std::vector<ports::OverrideRow>> select_overrides(Database& database, bool active_only, WallTime now);

Result<std::int64_t> insert_audit(Database& database, const ports::AuditRow& row);
Result<void> insert_event(Database& database, const ports::EventRow& row);
// Newest first. `before_id` below 1: from the newest. `limit` is taken into 1 to limits::history_page_max.
Result<std::vector<ports::AuditRow>> select_audit(Database& database, std::int64_t before_id, int limit);
Result<std::vector<ports::EventRow>> select_events(Database& database, std::int64_t before_id, int limit);

}  // namespace signalbox::adapters
