#include "engine/control/inbox.h"

#include <utility>

namespace signalbox::control {

bool Inbox::post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    waiting_.push_back(std::move(work));
    if (waiting_.size() > 1) return true;  // the loop has been told
    loop_.post([self = shared_from_this()] {
        for (const auto& one : self->take()) one();
    });
    return true;
}

void Inbox::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    for (const auto& one : take()) one();
}

std::vector<std::function<void()>> Inbox::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
}

}  // namespace signalbox::control
