#include "engine/adapters/asio/reactor.h"

#include <algorithm>
#include <span>

#include <sys/eventfd.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/base/check.h"

namespace signalbox::adapters {

namespace net = boost::asio;

namespace {

constexpr Nanos grain = 10ms;

// Rounding up to a grid lets neighbouring deadlines share one beat.
Instant round_up(Instant when) {
    const auto over = when.time_since_epoch() % grain;
    return over == 0ns ? when : after(when, grain - over);
}

// Suspends the caller; `keep` gets what resumes it.
template <class Keep>
ports::Task<void> suspend(Keep keep) {
    auto start = [keep](auto resume) { keep([resume = std::move(resume)]() mutable { std::move(resume)(); }); };
    return net::async_initiate<const net::use_awaitable_t<>, void()>(start, net::use_awaitable);
}

}  // namespace

Instant steady_now() {
    return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

bool Polled::open(Descriptor descriptor) {
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    wanted.data.ptr = this;
    if (::epoll_ctl(reactor_.epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &wanted) != 0) return false;
    descriptor_ = std::move(descriptor);
    reactor_.polled_.push_back(*this);
    return true;
}

void Polled::close() {
    if (!is_linked()) return;  // closed, or the loop is gone
    unlink();
    descriptor_.close();
    const auto left = std::span(reactor_.events_).subspan(reactor_.events_next_, reactor_.events_left_);
    for (epoll_event& event : left) {
        if (event.data.ptr == this) event.data.ptr = nullptr;
    }
    wake();
}

void Polled::wake() {
    may_read_ = true;
    if (reader_) reactor_.make_ready(std::exchange(reader_, {}));
    if (writer_) reactor_.make_ready(std::exchange(writer_, {}));
}

ports::Task<void> Polled::wait(Work& waiter) {
    SB_CHECK(!waiter);
    return suspend([&waiter](Work resume) { waiter = std::move(resume); });
}

void Polled::on_events(std::uint32_t events) {
    ending_ = ending_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    may_read_ = may_read_ || ending_ || (events & EPOLLIN) != 0;
    Work reader = may_read_ ? std::exchange(reader_, {}) : Work{};
    Work writer = std::exchange(writer_, {});
    if (reader) reader();  // may destroy this
    if (writer) writer();
}

Reactor::Reactor(Beat beat)
    : beat_(std::move(beat)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLET;
    SB_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.get(), &wanted) == 0);
}

// A coroutine let go of unwinds by way of its executor, and may wake others while it does.
Reactor::~Reactor() {
    bool more = true;
    while (more) {
        more = drop_waiters() || !ready_.empty() || !posted_.empty();
        auto ready = std::exchange(ready_, {});
        auto posted = std::exchange(posted_, {});
    }
    polled_.clear();
    shutdown();
    destroy();
}

bool Reactor::drop_waiters() {
    std::vector<Work> dropped;
    for (Polled& one : polled_) {
        if (one.reader_) dropped.push_back(std::exchange(one.reader_, {}));
        if (one.writer_) dropped.push_back(std::exchange(one.writer_, {}));
    }
    return !dropped.empty();
}

Reactor::Executor Reactor::get_executor() {
    return Executor(*this);
}

void Reactor::run() {
    thread_ = std::this_thread::get_id();
    while (!stopped_.exchange(false)) {
        take_posted();
        run_ready();
        wait_for_events();
        beat_if_due();
    }
    thread_ = std::thread::id();
}

void Reactor::stop() {
    stopped_ = true;
    ring_bell();
}

void Reactor::post(Work work) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(work));
    }
    if (!has_posted_.exchange(true) && thread_.load() != std::this_thread::get_id()) ring_bell();
}

void Reactor::ring_bell() const {
    (void)::eventfd_write(bell_.get(), 1);
}

ports::Task<void> Reactor::after_arrivals() {
    return suspend([this](Work resume) { make_ready(std::move(resume)); });
}

void Reactor::wake_by(Instant when) {
    if (when < beat_at_) beat_at_ = std::min(beat_at_, round_up(when));
}

void Reactor::take_posted() {
    if (!has_posted_.exchange(false)) return;
    std::vector<Work> taken;
    {
        const std::lock_guard lock(mutex_);
        taken.swap(posted_);
    }
    std::ranges::move(taken, std::back_inserter(ready_));
}

// What becomes ready meanwhile has its turn after the kernel was asked.
void Reactor::run_ready() {
    running_.swap(ready_);
    for (Work& work : running_) work();
    running_.clear();
}

int Reactor::patience() const {
    if (!ready_.empty() || has_posted_ || stopped_) return 0;
    if (beat_at_ == never) return -1;
    const Nanos left = beat_at_ - steady_now();
    return left <= 0ns ? 0 : static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Reactor::wait_for_events() {
    const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), patience());
    events_next_ = 0;
    events_left_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    while (events_left_ > 0) {
        const epoll_event event = events_[events_next_++];
        --events_left_;
        if (event.data.ptr != nullptr) static_cast<Polled*>(event.data.ptr)->on_events(event.events);
    }
}

void Reactor::beat_if_due() {
    if (beat_at_ == never) return;
    const Instant now = steady_now();
    if (now < beat_at_) return;
    beat_at_ = never;
    wake_by(beat_(now));
}

}  // namespace signalbox::adapters
