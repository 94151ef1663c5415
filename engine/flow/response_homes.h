// Where stored responses live: only the provider that made one, called with the same key, can go on from it. The last
// limits::response_homes_max are remembered, in memory only. Shared by all loops; any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/core/cache/lru_table.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::flow {

struct ResponseHome {
    core::LaneId lane = 0;
    std::string account;  // whose response it is, empty: anonymous; nobody else may go on from it
};

class ResponseHomes {
  public:
    void remember(std::string_view response_id, ResponseHome home) {
        if (response_id.empty() || response_id.size() > limits::response_id_max) return;
        const core::Digest key = core::sha256(response_id);
        const std::lock_guard lock(mutex_);
        if (ResponseHome* const known = homes_.find(key)) {
            *known = std::move(home);
            return;
        }
        if (homes_.size() >= limits::response_homes_max) (void)homes_.take_oldest();
        homes_.add(key, std::move(home));
    }
    // nullopt: never seen, or forgotten.
    [[nodiscard]] std::optional<ResponseHome> find(std::string_view response_id) {
        const core::Digest key = core::sha256(response_id);
        const std::lock_guard lock(mutex_);
        const ResponseHome* const known = homes_.find(key);
        return known == nullptr ? std::nullopt : std::optional(*known);
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return homes_.size();
    }

  private:
    mutable std::mutex mutex_;
    core::LruTable<ResponseHome> homes_;
};

}  // namespace signalbox::flow
