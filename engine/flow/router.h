// The one lock of the data plane: rules in force, decision state and waiting room, shared by all loops. Every method is
// short, does no I/O and may be called from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/core/access/accounts.h"
#include "engine/core/admission/wait_queue.h"
#include "engine/core/routing/fleet.h"
#include "engine/core/routing/override_table.h"
#include "engine/core/routing/routing_table.h"
#include "engine/ports/clock.h"

namespace signalbox::flow {

// What a request is judged by. Immutable; a request keeps the set it began with.
struct Rules {
    core::RoutingTablePtr table;
    core::AccountIndexPtr accounts;
    core::OverrideTablePtr overrides;
};

// Copied out for the slow path.
struct FleetView {
    core::RoutingTablePtr table;
    std::vector<core::LaneState> lanes;  // by LaneId
    std::vector<std::string> lane_names;
    std::map<std::string, std::size_t> queued;  // by model; only where somebody waits
};

class Router;

// A place at one lane. Gives it back when destroyed; settle() says how it went.
class Reservation {
  public:
    Reservation() = default;
    Reservation(Router& router, core::LaneId lane, bool probe) : router_(&router), lane_(lane), probe_(probe) {}
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;
    ~Reservation();

    // Ends it. `first_token_us` -1: no content came. `cool_for`: what a 429 asked for.
    void settle(core::AttemptOutcome outcome, Instant now, std::uint64_t draw);
    [[nodiscard]] bool held() const { return router_ != nullptr; }
    [[nodiscard]] core::LaneId lane() const { return lane_; }
    [[nodiscard]] bool probe() const { return probe_; }

  private:
    Router* router_ = nullptr;
    core::LaneId lane_ = 0;
    bool probe_ = false;
};

// A place in the waiting room of one model. Leaves when destroyed.
class QueuePlace {
  public:
    QueuePlace() = default;
    QueuePlace(Router& router, std::string model, core::WaitQueues::Ticket ticket)
        : router_(&router), model_(std::move(model)), ticket_(ticket) {}
    QueuePlace(QueuePlace&& other) noexcept;
    QueuePlace& operator=(QueuePlace&& other) noexcept;
    ~QueuePlace();

    [[nodiscard]] bool held() const { return router_ != nullptr; }
    [[nodiscard]] core::WaitQueues::Ticket ticket() const { return ticket_; }

  private:
    Router* router_ = nullptr;
    std::string model_;
    core::WaitQueues::Ticket ticket_ = 0;
};

class Router {
  public:
    explicit Router(core::ConfigPtr config);

    void apply(core::ConfigPtr config);
    void set_overrides(core::OverrideTablePtr overrides);
    [[nodiscard]] Rules rules() const;

    // Decides and, for `go`, reserves. `place`: the caller's place in the queue, or none.
    [[nodiscard]] Reservation decide(core::DecideInput input, const QueuePlace& place, core::Decision& out);
    // Dry run.
    void explain(const core::DecideInput& input, core::Decision& out) const;
    // Error: queue_full. `alarm` rings when it is worth deciding again.
    [[nodiscard]] Result<QueuePlace> join_queue(const std::string& model, std::shared_ptr<ports::Alarm> alarm);
    // Little enough to ask for under overload: how busy the lanes of a decision are, and how many requests wait
    // anywhere.
    struct Load {
        std::vector<std::string> lanes;  // names, in the decision's order
        std::vector<std::int64_t> in_flight;
        std::size_t queued = 0;
    };
    [[nodiscard]] Load load(const core::Decision& decision) const;
    [[nodiscard]] FleetView view() const;

  private:
    friend class Reservation;
    friend class QueuePlace;
    void release(core::LaneId lane, const core::AttemptOutcome& outcome, Instant now, std::uint64_t draw);
    void release_unused(core::LaneId lane, bool probe);
    void leave_queue(const std::string& model, core::WaitQueues::Ticket ticket);
    void wake_heads();  // with mutex_ held

    mutable std::mutex mutex_;
    core::LaneRegistry lanes_;
    Rules rules_;
    core::Fleet fleet_;
    core::WaitQueues queues_;
    std::map<core::WaitQueues::Ticket, std::shared_ptr<ports::Alarm>> alarms_;
    std::vector<core::WaitQueues::Ticket> heads_;  // scratch of wake_heads
};

}  // namespace signalbox::flow
