#include "engine/adapters/asio/alarm_queue.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/check.h"

namespace signalbox::adapters {

namespace net = boost::asio;

ports::Task<bool> LoopAlarm::wait_until(Instant when) {
    SB_CHECK(!waiter_);
    const auto kept_while_waiting = shared_from_this();
    if (!rung_ && when > steady_now()) {
        auto start = [this, when](auto resume) {
            queue_.enter(*this, when, [resume = std::move(resume)]() mutable { std::move(resume)(); });
        };
        co_await net::async_initiate<const net::use_awaitable_t<>&, void()>(start, net::use_awaitable);
    }
    co_return rung_.exchange(false);
}

void LoopAlarm::ring() {
    if (rung_.exchange(true)) return;
    queue_.reactor_.post([self = shared_from_this()] { self->deliver(); });
}

void LoopAlarm::deliver() {
    // A wait that began after the ring has already taken it.
    if (!waiter_ || !rung_) return;
    queue_.leave (*this)();
}

void AlarmQueue::enter(LoopAlarm& alarm, Instant when, Work waiter) {
    alarm.waiter_ = std::move(waiter);
    alarm.position_ = {when, ++entered_};
    waiting_.emplace(alarm.position_, &alarm);
    reactor_.wake_by(when);
}

Work AlarmQueue::leave(LoopAlarm& alarm) {
    waiting_.erase(alarm.position_);
    return std::exchange(alarm.waiter_, {});
}

Instant AlarmQueue::fire(Instant now) {
    while (!waiting_.empty() && waiting_.begin()->first.first <= now)
        reactor_.make_ready(leave(*waiting_.begin()->second));
    return waiting_.empty() ? never : waiting_.begin()->first.first;
}

void AlarmQueue::drop_all() {
    while (!waiting_.empty()) leave(*waiting_.begin()->second);
}

}  // namespace signalbox::adapters
