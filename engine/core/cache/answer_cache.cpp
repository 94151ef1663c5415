#include "engine/core/cache/answer_cache.h"

#include <utility>

namespace signalbox::core {
namespace {

// The answer's own object, its list and its hash node, and the heads of their blocks.
constexpr std::int64_t place_bytes = 512;
constexpr std::int64_t share_of_one = 8;  // no answer takes more of the room than one in so many

std::int64_t allocated(const std::string& text) {
    return text.capacity() > std::string().capacity() ? static_cast<std::int64_t>(text.capacity()) : 0;
}

}  // namespace

std::int64_t CachedAnswer::bytes() const {
    return place_bytes + allocated(content_type) + allocated(body) + allocated(model) + allocated(deployment) +
           allocated(dropped);
}

void AnswerCache::drop(Rows::iterator row, Freed& freed) {
    figures_.bytes -= row->answer->bytes();
    --figures_.entries;
    freed.push_back(std::move(row->answer));
    by_key_.erase(row->key);
    rows_.erase(row);
}

CachedAnswerPtr AnswerCache::find(const Digest& key, Instant now, Freed& freed) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end() && now < found->second->answer->expires) {
        ++figures_.hits;
        rows_.splice(rows_.begin(), rows_, found->second);
        return found->second->answer;
    }
    ++figures_.misses;
    if (found != by_key_.end()) {
        ++figures_.expired;
        drop(found->second, freed);
    }
    return nullptr;
}

void AnswerCache::store(const Digest& key, CachedAnswerPtr answer, std::int64_t max_bytes, Instant now, Freed& freed) {
    if (const auto old = by_key_.find(key); old != by_key_.end()) drop(old->second, freed);
    const std::int64_t bytes = answer->bytes();
    if (bytes > max_bytes / share_of_one) {
        ++figures_.too_large;
        return;
    }
    sweep(max_bytes - bytes, now, rows_.size(), freed);
    rows_.push_front({key, std::move(answer)});
    by_key_.emplace(key, rows_.begin());
    ++figures_.stores;
    ++figures_.entries;
    figures_.bytes += bytes;
}

void AnswerCache::sweep(std::int64_t max_bytes, Instant now, std::size_t most, Freed& freed) {
    for (; most > 0 && !rows_.empty(); --most) {
        const bool expired = now >= rows_.back().answer->expires;
        if (!expired && figures_.bytes <= max_bytes) return;
        ++(expired ? figures_.expired : figures_.evicted);
        drop(std::prev(rows_.end()), freed);
    }
}

}  // namespace signalbox::core
