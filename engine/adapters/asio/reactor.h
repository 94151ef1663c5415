// What the coroutines of one loop run on: the kernel's events, work that is ready, and one coarse timer.
//
// A loop of our own instead of Asio's, because it knows two things that one does not: that a read which came back short
// has emptied the socket, so that trying again before the next event is a system call for nothing; and that answers are
// best sent after everything that has arrived was read, so that a peer is woken once for many of them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/epoll.h>

#include <boost/asio/execution_context.hpp>
#include <boost/intrusive/list.hpp>

#include "engine/adapters/asio/descriptor.h"
#include "engine/base/time.h"
#include "engine/ports/task.h"

namespace signalbox::adapters {

class Reactor;
using Work = std::move_only_function<void()>;

[[nodiscard]] Instant steady_now();

// A non-blocking descriptor and who waits for it: at most one reader and one writer. Loop thread only.
class Polled : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    explicit Polled(Reactor& reactor) : reactor_(reactor) {}
    ~Polled() { close(); }
    Polled(const Polled&) = delete;
    Polled& operator=(const Polled&) = delete;

    // Once. A socket that connects has begun to. False: the kernel watches no more of them (errno).
    [[nodiscard]] bool open(Descriptor descriptor);
    // Wakes whoever waits.
    void close();
    [[nodiscard]] int get() const { return descriptor_.get(); }  // -1: closed

    // Whether a read may find something. False from a read that found little to the kernel's next event.
    [[nodiscard]] bool may_read() const { return may_read_; }
    void found_less_than_asked() { may_read_ = ending_; }  // the peer's end, once told, is still to be read
    void found_nothing() { may_read_ = false; }
    // Return at the next event, at wake() and at close(), possibly for nothing: look again.
    [[nodiscard]] ports::Task<void> wait_to_read() { return wait(reader_); }
    [[nodiscard]] ports::Task<void> wait_to_write() { return wait(writer_); }
    // Whoever waits resumes, but not within this call.
    void wake();

  private:
    friend class Reactor;
    static ports::Task<void> wait(Work& waiter);
    void on_events(std::uint32_t events);

    Reactor& reactor_;
    Descriptor descriptor_;
    Work reader_, writer_;
    bool may_read_ = false;
    bool ending_ = false;
};

class Reactor final : public boost::asio::execution_context {
  public:
    class Executor;
    // Does what is due and returns when it wants to be called next at the latest.
    using Beat = std::function<Instant(Instant now)>;

    explicit Reactor(Beat beat);
    // Coroutines that wait are destroyed.
    ~Reactor();

    // Until stop(); a stop() from before counts.
    void run();
    void stop();  // any thread
    // In a later step of the loop. make_ready: loop thread only, or nobody runs it. post: any thread, in order.
    void make_ready(Work work) { ready_.push_back(std::move(work)); }
    void post(Work work);
    // Resumes the caller when everything that has arrived was looked at.
    [[nodiscard]] ports::Task<void> after_arrivals();
    // The beat comes no earlier than `when` and at most 10 ms after it. A timer per operation would be the largest
    // single cost of a request; here everything that waits keeps its own list and asks only to be looked at in time.
    void wake_by(Instant when);
    [[nodiscard]] Executor get_executor();

  private:
    friend class Polled;

    void run_ready();
    void take_posted();
    void wait_for_events();
    void beat_if_due();
    [[nodiscard]] int patience() const;  // of one wait, in ms
    void ring_bell() const;
    [[nodiscard]] bool drop_waiters();

    Beat beat_;
    Descriptor epoll_, bell_;
    boost::intrusive::list<Polled, boost::intrusive::constant_time_size<false>> polled_;
    std::array<epoll_event, 256> events_;  // of the present step
    std::size_t events_next_ = 0, events_left_ = 0;
    std::vector<Work> ready_, running_;
    Instant beat_at_ = never;
    std::atomic<bool> stopped_ = false;

    std::mutex mutex_;
    std::vector<Work> posted_;  // guarded by mutex_
    std::atomic<bool> has_posted_ = false;
    std::atomic<std::thread::id> thread_;
};

// Satisfies any_io_executor: Asio's coroutines reach the loop through it.
class Reactor::Executor {
  public:
    explicit Executor(Reactor& reactor) : reactor_(&reactor) {}
    [[nodiscard]] Reactor& query(boost::asio::execution::context_t) const noexcept { return *reactor_; }
    [[nodiscard]] static constexpr boost::asio::execution::blocking_t query(
        boost::asio::execution::blocking_t) noexcept {
        return boost::asio::execution::blocking.never;
    }
    [[nodiscard]] Executor require(boost::asio::execution::blocking_t::never_t) const { return *this; }
    template <class F>
    void execute(F work) const {
        reactor_->make_ready([work = std::move(work)]() mutable { std::move(work)(); });
    }
    friend bool operator==(const Executor&, const Executor&) noexcept = default;

  private:
    Reactor* reactor_;
};

}  // namespace signalbox::adapters
