#include "engine/adapters/asio/event_loop.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>

#include "engine/adapters/asio/alarm_queue.h"
#include "engine/adapters/asio/tcp_network.h"
#include "engine/base/check.h"

namespace signalbox::adapters {

// Destroyed from the bottom up: what the coroutines that the reactor still holds refer to stands above it.
struct EventLoop::Parts {
    explicit Parts(EventLoop& loop)
        : alarms(reactor),
          sweep(reactor),
          reactor([this](Instant now) { return std::min(alarms.fire(now), sweep.run(now)); }),
          network(reactor, sweep, loop, loop) {}

    AlarmQueue alarms;
    StreamSweep sweep;
    std::size_t running = 0;
    Reactor reactor;
    TcpNetwork network;
};

EventLoop::EventLoop() : parts_(std::make_unique<Parts>(*this)) {}

EventLoop::~EventLoop() {
    parts_->alarms.drop_all();
}

void EventLoop::run() {
    parts_->reactor.run();
}

void EventLoop::stop() {
    parts_->reactor.stop();
}

ports::Network& EventLoop::network() {
    return parts_->network;
}

Instant EventLoop::now() const {
    return steady_now();
}

WallTime EventLoop::wall() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

std::shared_ptr<ports::Alarm> EventLoop::make_alarm() {
    return parts_->alarms.make_alarm();
}

void EventLoop::spawn(std::string_view name, ports::Task<void> task) {
    ++parts_->running;
    auto ended = [this, name = std::string(name)](const std::exception_ptr& escaped) {
        if (escaped) coroutine_threw(name, escaped);
        --parts_->running;
    };
    boost::asio::co_spawn(parts_->reactor.get_executor(), std::move(task), std::move(ended));
}

void EventLoop::post(std::function<void()> work) {
    parts_->reactor.post(std::move(work));
}

std::size_t EventLoop::running() const {
    return parts_->running;
}

}  // namespace signalbox::adapters
