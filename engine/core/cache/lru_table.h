// Values by digest, in the order in which they were last used. Pure and single-threaded; all operations are O(1).
#pragma once

#include <cstddef>
#include <cstring>
#include <list>
#include <unordered_map>
#include <utility>

#include "engine/core/access/digest.h"

namespace signalbox::core {

template <class Value>
class LruTable {
  public:
    // The value, which is now the one used last; nullptr: none. Valid until the table is changed.
    [[nodiscard]] Value* find(const Digest& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return nullptr;
        rows_.splice(rows_.begin(), rows_, found->second);
        return &found->second->second;
    }
    // Precondition: it is not there.
    void add(const Digest& key, Value value) {
        rows_.emplace_front(key, std::move(value));
        by_key_.emplace(key, rows_.begin());
    }
    // Takes it out. Precondition: it is there.
    Value take(const Digest& key) { return take(by_key_.find(key)); }
    // The one that was not used for longest. Precondition of both: the table is not empty.
    [[nodiscard]] const Value& oldest() const { return rows_.back().second; }
    Value take_oldest() { return take(by_key_.find(rows_.back().first)); }

    [[nodiscard]] std::size_t size() const { return rows_.size(); }

  private:
    using Rows = std::list<std::pair<Digest, Value>>;
    struct FirstBytes {  // of a digest: as good as any
        std::size_t operator()(const Digest& key) const {
            std::size_t word = 0;
            std::memcpy(&word, key.data(), sizeof word);
            return word;
        }
    };
    using Index = std::unordered_map<Digest, typename Rows::iterator, FirstBytes>;

    Value take(typename Index::iterator place) {
        Value value = std::move(place->second->second);
        rows_.erase(place->second);
        by_key_.erase(place);
        return value;
    }

    Rows rows_;  // the one used last in front
    Index by_key_;
};

}  // namespace signalbox::core
