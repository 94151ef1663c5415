// The deterministic loop: coroutines run on it as on a real one, but time is a number that jumps to the next thing due.
// Same seed, same order of everything, same trace.
//
// One thread. Destroy it last: coroutines that still sleep are destroyed with it.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include <boost/asio/execution_context.hpp>
#include <boost/intrusive/list.hpp>

#include "engine/base/prng.h"
#include "engine/ports/clock.h"
#include "engine/ports/spawner.h"
#include "engine/sim/parking.h"

namespace signalbox::sim {

struct LoopOptions {
    std::uint64_t seed = 1;
    bool shuffle =
        false;  // what is ready at the same instant runs in a seeded order instead of first come, first served
    WallTime wall_start{1'780'000'000'000'000};
};

class SimLoop final : public boost::asio::execution_context, public ports::Clock, public ports::Spawner {
  public:
    using Work = std::move_only_function<void()>;
    class Executor;

    explicit SimLoop(LoopOptions options = {});
    ~SimLoop();

    [[nodiscard]] Executor get_executor();

    // Until nothing is ready and no timer is set. Returns the steps taken.
    std::uint64_t run();
    // Until everything due at or before `when` is done; now() is `when` afterwards.
    std::uint64_t run_until(Instant when);
    // Until `done` says so, asked after every instant; false: there was nothing left to do before.
    bool run_to(const std::function<bool()>& done);
    std::uint64_t run_for(Nanos duration) { return run_until(now_ + duration); }

    // Runs `work` at `when`, or at the next step when that has passed.
    TimerId at(Instant when, Work work);
    void cancel(TimerId timer);    // no-op when it has fired
    void set_wall(WallTime wall);  // the wall clock jumps; monotonic time does not

    // Mixes `value` and the present instant into the trace.
    void note(std::uint64_t value);
    [[nodiscard]] std::uint64_t trace() const { return trace_; }

    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] std::shared_ptr<ports::Alarm> make_alarm() override;
    void spawn(std::string_view name, ports::Task<void> task) override;
    void post(std::function<void()> work) override;
    [[nodiscard]] std::size_t running() const override { return running_; }

  private:
    friend class Parking;

    void make_ready(Work work);
    std::uint64_t run_ready();
    bool fire_due(Instant limit);

    Prng prng_;
    const bool shuffle_;
    Instant now_{};
    WallTime wall_at_zero_;
    std::deque<Work> ready_;
    std::deque<std::function<void()>> posted_;  // runs in order even when shuffled
    std::map<TimerId, Work> timers_;
    std::uint64_t timers_made_ = 0;
    std::uint64_t trace_ = 0xcbf29ce484222325;
    std::size_t running_ = 0;
    boost::intrusive::list<Parking, boost::intrusive::constant_time_size<false>> parked_;
};

// Satisfies any_io_executor; asio's own machinery reaches the loop through it.
class SimLoop::Executor {
  public:
    explicit Executor(SimLoop& loop) : loop_(&loop) {}
    [[nodiscard]] SimLoop& query(boost::asio::execution::context_t) const noexcept { return *loop_; }
    [[nodiscard]] static constexpr boost::asio::execution::blocking_t query(
        boost::asio::execution::blocking_t) noexcept {
        return boost::asio::execution::blocking.never;
    }
    [[nodiscard]] Executor require(boost::asio::execution::blocking_t::never_t) const { return *this; }
    template <class F>
    void execute(F work) const {
        loop_->make_ready([work = std::move(work)]() mutable { std::move(work)(); });
    }
    friend bool operator==(const Executor&, const Executor&) noexcept = default;

  private:
    SimLoop* loop_;
};

}  // namespace signalbox::sim
