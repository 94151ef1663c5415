// Keeps the history within its age and size by deleting the oldest rows in small steps.
#pragma once

#include <cstdint>

#include "engine/adapters/sqlite/database.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace signalbox::adapters {

struct RetentionLimits {
    Nanos retain{0};             // 0: no limit of age; requests and events are held to it, the audit trail is kept
    std::int64_t max_bytes = 0;  // of the pages in use, without the write-ahead log; 0: no limit of size
};

class Retention {
  public:
    static Result<Retention> prepare(Database& database, RetentionLimits limits);

    // One step: deletes at most `rows` requests that are too old or too many and, when a large part of the file is
    // empty, gives some of it back. Returns how many requests were deleted. Takes the write lock only when due.
    Result<std::int64_t> step(Database& database, WallTime now, std::int64_t rows);

  private:
    Retention(RetentionLimits limits, Statement due, Statement old, Statement first, Statement events)
        : limits_(limits),
          due_(std::move(due)),
          delete_old_(std::move(old)),
          delete_first_(std::move(first)),
          delete_events_(std::move(events)) {}

    RetentionLimits limits_;
    Statement due_;
    Statement delete_old_;
    Statement delete_first_;
    Statement delete_events_;
};

}  // namespace signalbox::adapters
