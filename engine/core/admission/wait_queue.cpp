#include "engine/core/admission/wait_queue.h"

#include <algorithm>

namespace signalbox::core {

Result<WaitQueues::Ticket> WaitQueues::join(std::string_view model, std::size_t limit) {
    if (waiting(model) >= limit)
        return fail(ErrorCode::queue_full, "the waiting room of '" + std::string(model) + "' is full");
    queues_[std::string(model)].push_back(++last_);
    ++total_;
    return last_;
}

void WaitQueues::leave(std::string_view model, Ticket ticket) {
    const auto queue = queues_.find(model);
    if (queue == queues_.end()) return;
    total_ -= std::erase(queue->second, ticket);
    if (queue->second.empty()) queues_.erase(queue);
}

bool WaitQueues::is_head(std::string_view model, Ticket ticket) const {
    const auto queue = queues_.find(model);
    return queue != queues_.end() && queue->second.front() == ticket;
}

std::size_t WaitQueues::waiting(std::string_view model) const {
    const auto queue = queues_.find(model);
    return queue == queues_.end() ? 0 : queue->second.size();
}

void WaitQueues::heads(std::vector<Ticket>& out) const {
    for (const auto& [model, queue] : queues_) out.push_back(queue.front());
}

}  // namespace signalbox::core
