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
    std::int64_t sum = place_bytes + static_cast<std::int64_t>(dropped.capacity() * sizeof(std::string));
    for (const std::string* text : {&content_type, &body, &model, &deployment}) sum += allocated(*text);
    for (const std::string& member : dropped) sum += allocated(member);
    return sum;
}

void AnswerCache::drop(CachedAnswerPtr answer, Freed& freed) {
    figures_.bytes -= answer->bytes();
    --figures_.entries;
    freed.push_back(std::move(answer));
}

CachedAnswerPtr AnswerCache::find(const Digest& key, Nanos max_age, Instant now, Freed& freed) {
    const CachedAnswerPtr* found = answers_.find(key);
    const bool good = found != nullptr && now < (*found)->expires;
    if (good && now - (*found)->made <= max_age) {
        ++figures_.hits;
        return *found;
    }
    ++figures_.misses;
    if (found != nullptr && !good) {
        ++figures_.expired;
        drop(answers_.take(key), freed);
    }
    return nullptr;
}

void AnswerCache::store(const Digest& key, CachedAnswerPtr answer, std::int64_t max_bytes, Instant now, Freed& freed) {
    if (answers_.find(key) != nullptr) drop(answers_.take(key), freed);
    const std::int64_t bytes = answer->bytes();
    if (bytes > max_bytes / share_of_one) {
        ++figures_.too_large;
        return;
    }
    sweep(max_bytes - bytes, now, answers_.size(), freed);
    answers_.add(key, std::move(answer));
    ++figures_.stores;
    ++figures_.entries;
    figures_.bytes += bytes;
}

void AnswerCache::sweep(std::int64_t max_bytes, Instant now, std::size_t most, Freed& freed) {
    for (; most > 0 && answers_.size() > 0; --most) {
        const bool expired = now >= answers_.oldest()->expires;
        if (!expired && figures_.bytes <= max_bytes) return;
        ++(expired ? figures_.expired : figures_.evicted);
        drop(answers_.take_oldest(), freed);
    }
}

}  // namespace signalbox::core
