// Who waits for a place, per model, first come first served. Pure: whoever owns it brings the lock and wakes the
// waiters.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace signalbox::core {

class WaitQueues {
  public:
    using Ticket = std::uint64_t;

    // Error: queue_full at `limit` waiters of this model.
    Result<Ticket> join(std::string_view model, std::size_t limit);
    void leave(std::string_view model, Ticket ticket);
    // Only the head may take a place that becomes free.
    [[nodiscard]] bool is_head(std::string_view model, Ticket ticket) const;
    [[nodiscard]] std::size_t waiting(std::string_view model) const;
    [[nodiscard]] std::size_t waiting() const { return total_; }
    // The first of every queue: those worth waking when a place was given back.
    void heads(std::vector<Ticket>& out) const;

  private:
    std::map<std::string, std::deque<Ticket>, std::less<>> queues_;  // no empty queues are kept
    std::size_t total_ = 0;
    Ticket last_ = 0;
};

}  // namespace signalbox::core
