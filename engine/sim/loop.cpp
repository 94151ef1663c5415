#include "engine/sim/loop.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/check.h"

namespace signalbox::sim {

namespace net = boost::asio;

namespace {

class SimAlarm final : public ports::Alarm, public std::enable_shared_from_this<SimAlarm> {
  public:
    explicit SimAlarm(SimLoop& loop) : loop_(loop), parking_(loop) {}

    ports::Task<bool> wait_until(Instant when) override {
        const auto kept_while_waiting = shared_from_this();
        if (!rung_ && when > loop_.now()) co_await parking_.sleep_until(when);
        co_return std::exchange(rung_, false);
    }
    void ring() override {
        rung_ = true;
        parking_.wake();
    }

  private:
    SimLoop& loop_;
    Parking parking_;
    bool rung_ = false;
};

}  // namespace

Parking::~Parking() {
    loop_.cancel(timer_);
}

ports::Task<void> Parking::sleep_until(Instant when) {
    SB_CHECK(!sleeper_);
    auto start = [this, when](auto resume) {
        sleeper_ = [resume = std::move(resume)]() mutable { std::move(resume)(); };
        loop_.parked_.push_back(*this);
        set_timer(when);
    };
    co_await net::async_initiate<const net::use_awaitable_t<>&, void()>(start, net::use_awaitable);
}

void Parking::wake() {
    if (!sleeper_) return;
    loop_.cancel(timer_);
    unlink();
    loop_.make_ready(std::exchange(sleeper_, {}));
}

void Parking::change_time(Instant when) {
    if (!sleeper_) return;
    loop_.cancel(timer_);
    set_timer(when);
}

void Parking::set_timer(Instant when) {
    timer_ = when == never ? TimerId{never, 0} : loop_.at(when, [this] { wake(); });
}

SimLoop::SimLoop(LoopOptions options)
    : prng_(options.seed), shuffle_(options.shuffle), wall_at_zero_(options.wall_start) {}

// A sleeper let go of unwinds by way of its executor, and may wake others while it does.
SimLoop::~SimLoop() {
    while (!parked_.empty() || !ready_.empty() || !timers_.empty()) {
        if (!parked_.empty()) {
            Parking& parking = parked_.front();
            parking.unlink();
            auto dropped = std::exchange(parking.sleeper_, {});
        }
        auto ready = std::exchange(ready_, {});
        auto timers = std::exchange(timers_, {});
    }
    shutdown();
    destroy();
}

SimLoop::Executor SimLoop::get_executor() {
    return Executor(*this);
}

std::uint64_t SimLoop::run() {
    std::uint64_t steps = run_ready();
    while (fire_due(never)) steps += run_ready();
    return steps;
}

std::uint64_t SimLoop::run_until(Instant when) {
    std::uint64_t steps = run_ready();
    while (fire_due(when)) steps += run_ready();
    now_ = std::max(now_, when);
    return steps;
}

bool SimLoop::run_to(const std::function<bool()>& done) {
    run_ready();
    while (!done()) {
        if (!fire_due(never)) return false;
        run_ready();
    }
    return true;
}

std::uint64_t SimLoop::run_ready() {
    std::uint64_t steps = 0;
    for (; !ready_.empty(); ++steps) {
        if (shuffle_) std::swap(ready_.front(), ready_[below(prng_.next(), ready_.size())]);
        auto work = std::move(ready_.front());
        ready_.pop_front();
        work();
    }
    return steps;
}

// Everything due at the earliest instant fires before anything it made ready runs, so that a shuffle may reorder that.
// One at a time: a timer that fires may cancel the next.
bool SimLoop::fire_due(Instant limit) {
    if (timers_.empty() || timers_.begin()->first.first > limit) return false;
    const Instant due = timers_.begin()->first.first;
    now_ = std::max(now_, due);
    note(1);
    while (!timers_.empty() && timers_.begin()->first.first == due) {
        auto timer = timers_.extract(timers_.begin());
        timer.mapped()();
    }
    return true;
}

void SimLoop::make_ready(Work work) {
    ready_.push_back(std::move(work));
}

TimerId SimLoop::at(Instant when, Work work) {
    const TimerId id{std::max(when, now_), ++timers_made_};
    timers_.emplace(id, std::move(work));
    return id;
}

void SimLoop::cancel(TimerId timer) {
    timers_.erase(timer);
}

void SimLoop::note(std::uint64_t value) {
    for (const std::uint64_t part : {value, static_cast<std::uint64_t>(now_.time_since_epoch().count())})
        trace_ = (trace_ ^ part) * 0x100000001b3;
}

WallTime SimLoop::wall() const {
    return wall_at_zero_ + now_.time_since_epoch();
}

void SimLoop::set_wall(WallTime wall) {
    wall_at_zero_ = wall + -now_.time_since_epoch();
}

std::shared_ptr<ports::Alarm> SimLoop::make_alarm() {
    return std::make_shared<SimAlarm>(*this);
}

void SimLoop::spawn(std::string_view name, ports::Task<void> task) {
    ++running_;
    auto ended = [this, name = std::string(name)](const std::exception_ptr& escaped) {
        if (escaped) coroutine_threw(name, escaped);
        --running_;
    };
    net::co_spawn(get_executor(), std::move(task), std::move(ended));
}

void SimLoop::post(std::function<void()> work) {
    posted_.push_back(std::move(work));
    make_ready([this] {
        auto next = std::move(posted_.front());
        posted_.pop_front();
        next();
    });
}

}  // namespace signalbox::sim
