#include "engine/adapters/asio/event_loop.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "engine/adapters/asio/alarm_queue.h"
#include "engine/adapters/asio/tcp_network.h"
#include "engine/base/check.h"

namespace signalbox::adapters {

namespace net = boost::asio;

// Destroyed from the bottom up: what the coroutines that the io_context still holds refer to stands above it.
struct EventLoop::Parts {
    explicit Parts(EventLoop& loop)
        : alarms(io, pulse),
          sweep(pulse),
          pulse(io, [this](Instant now) { return std::min(alarms.fire(now), sweep.run(now)); }),
          network(io, sweep, loop, loop) {}

    AlarmQueue alarms;
    StreamSweep sweep;
    std::size_t running = 0;
    net::io_context io{1};
    net::executor_work_guard<net::io_context::executor_type> open{io.get_executor()};
    Pulse pulse;
    TcpNetwork network;
};

EventLoop::EventLoop() : parts_(std::make_unique<Parts>(*this)) {}

EventLoop::~EventLoop() {
    parts_->alarms.drop_all();
}

void EventLoop::run() {
    parts_->io.run();
    parts_->io.restart();  // a stop() before the next run() still counts
}

void EventLoop::stop() {
    parts_->io.stop();
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
    net::co_spawn(parts_->io.get_executor(), std::move(task), std::move(ended));
}

void EventLoop::post(std::function<void()> work) {
    net::post(parts_->io, std::move(work));
}

std::size_t EventLoop::running() const {
    return parts_->running;
}

}  // namespace signalbox::adapters
