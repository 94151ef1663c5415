// The answers that are kept, shared by all loops behind a lock of its own, which is never held while something is freed
// or hashed. Any thread.
#pragma once

#include <mutex>

#include "engine/base/limits.h"
#include "engine/core/cache/answer_cache.h"

namespace signalbox::flow {

class KeptAnswers {
  public:
    // nullptr: none that is still good, and at most so old.
    [[nodiscard]] core::CachedAnswerPtr find(const core::Digest& key, Nanos max_age, Instant now) {
        core::AnswerCache::Freed freed;  // goes after the lock; so in all of these
        const std::lock_guard lock(mutex_);
        return cache_.find(key, max_age, now, freed);
    }
    // `room`: bytes for all of them.
    void store(const core::Digest& key, core::CachedAnswerPtr answer, std::int64_t room, Instant now) {
        core::AnswerCache::Freed freed;
        const std::lock_guard lock(mutex_);
        cache_.store(key, std::move(answer), room, now, freed);
    }
    // A request or an answer that is larger than what is kept of one.
    void note_too_large() {
        const std::lock_guard lock(mutex_);
        cache_.note_too_large();
    }
    // Frees what has expired and what is beyond `room`, a share of it at a time. Call it now and then.
    void sweep(std::int64_t room, Instant now) {
        core::AnswerCache::Freed freed;
        const std::lock_guard lock(mutex_);
        cache_.sweep(room, now, limits::cache_sweep_max, freed);
    }
    [[nodiscard]] core::CacheFigures figures() const {
        const std::lock_guard lock(mutex_);
        return cache_.figures();
    }

  private:
    mutable std::mutex mutex_;
    core::AnswerCache cache_;
};

}  // namespace signalbox::flow
