// Answers kept for requests that are the same to the byte, bounded in bytes and in time.
//
// Pure and single-threaded: the caller brings the lock and the time. Answers are immutable and shared, so that finding
// one copies nothing. What has to go is handed back, so that it can be freed after the lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/units.h"
#include "engine/core/cache/lru_table.h"

namespace signalbox::core {

struct CachedAnswer {
    std::string content_type;
    std::string body;  // whole; of a stream its events, as they were sent
    bool streamed = false;
    std::string model, deployment;     // who gave it
    std::vector<std::string> dropped;  // members of the request that the provider's dialect cannot say
    Usage usage;                       // as it was then
    Instant made{};
    Instant expires = never;

    // What it occupies, its place in the cache included.
    [[nodiscard]] std::int64_t bytes() const;
};
using CachedAnswerPtr = std::shared_ptr<const CachedAnswer>;

// Totals since the start, and what is there now.
struct CacheFigures {
    std::int64_t hits = 0, misses = 0, stores = 0;
    std::int64_t evicted = 0;  // for want of room
    std::int64_t expired = 0;
    std::int64_t too_large = 0;  // answers and requests
    std::int64_t entries = 0, bytes = 0;
};

class AnswerCache {
  public:
    using Freed = std::vector<CachedAnswerPtr>;

    // nullptr: there is none that is still good, or none as young as the asker wants it. Counts the hit or the miss.
    [[nodiscard]] CachedAnswerPtr find(const Digest& key, Nanos max_age, Instant now, Freed& freed);
    // In place of what was there. Makes room by dropping what nobody asked for longest; an answer that would fill more
    // than an eighth of `max_bytes` is not kept.
    void store(const Digest& key, CachedAnswerPtr answer, std::int64_t max_bytes, Instant now, Freed& freed);
    void note_too_large() { ++figures_.too_large; }
    // Drops what nobody asked for longest while it is expired or there are more than `max_bytes`; at most `most` rows.
    void sweep(std::int64_t max_bytes, Instant now, std::size_t most, Freed& freed);

    [[nodiscard]] CacheFigures figures() const { return figures_; }

  private:
    void drop(CachedAnswerPtr answer, Freed& freed);

    LruTable<CachedAnswerPtr> answers_;
    CacheFigures figures_;
};

}  // namespace signalbox::core
