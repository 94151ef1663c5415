// A write whose outcome is unknown ends all writing: the store stays failed until the process starts anew, and says so.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "engine/base/result.h"

namespace signalbox::adapters {

// Any thread.
class StickyFailure {
  public:
    // The first one stays.
    void set(const Error& error) {
        const std::lock_guard lock(mutex_);
        if (!failed()) detail_ = error.detail;
        failed_.store(true, std::memory_order_release);
    }
    [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_acquire); }
    // Empty while nothing failed.
    [[nodiscard]] std::string detail() const {
        const std::lock_guard lock(mutex_);
        return detail_;
    }

  private:
    mutable std::mutex mutex_;
    std::string detail_;
    std::atomic<bool> failed_{false};
};

}  // namespace signalbox::adapters
