// The one lock of the data plane: rules in force, decision state, accounts and waiting room, shared by all loops. It is
// held for a decision, a release, a copy for the slow path, or taking over rules that were compiled before. Every
// method does no I/O and may be called from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/core/access/accounts.h"
#include "engine/core/admission/admission.h"
#include "engine/core/admission/wait_queue.h"
#include "engine/core/drill/drill.h"
#include "engine/core/ledger/ledger.h"
#include "engine/core/routing/fleet.h"
#include "engine/core/routing/override_table.h"
#include "engine/core/routing/routing_table.h"
#include "engine/core/routing/wait_lines.h"
#include "engine/flow/fleet_view.h"
#include "engine/flow/kept_answers.h"
#include "engine/flow/response_homes.h"
#include "engine/ports/clock.h"
#include "engine/ports/ledger.h"

namespace signalbox::flow {

// What a request is judged by. Immutable; a request keeps the set it began with.
struct Rules {
    std::int64_t edition = 0;  // counts up with every configuration, override and order of an operator
    core::RoutingTablePtr table;
    core::AccountIndexPtr accounts;
    core::OverrideTablePtr overrides;
    core::DrillTablePtr drills;  // nullptr: none, which costs a request nothing
};

class Router;

// One request's claims on its account. Ends them when destroyed; leave() says how it went.
class Entry {
  public:
    Entry() = default;
    Entry(Router& router, core::Ask ask) : router_(&router), ask_(ask) {}
    Entry(Entry&& other) noexcept;
    Entry& operator=(Entry&& other) noexcept;
    ~Entry();

    [[nodiscard]] const core::Ask& ask() const { return ask_; }
    // Its account's rates as the last decision left them; without limits for callers without an account.
    [[nodiscard]] const core::RatesLeft& rates() const { return rates_; }
    [[nodiscard]] bool held() const { return router_ != nullptr; }
    // True: client and gateway both retried this request.
    bool leave(const core::AskEnd& end, Instant now);

  private:
    friend class Router;
    Router* router_ = nullptr;
    core::Ask ask_;
    core::RatesLeft rates_;
    bool awaited_credit_ = false;  // the last decision was to wait for it
};

// A place at one lane, with the money for it. Gives both back when destroyed; settle() says how it went.
class Reservation {
  public:
    Reservation() = default;
    struct Money {
        core::HoldId hold;  // none: the place is free, or nobody's money is kept; may expire before the request ends
        MicroUsd amount;    // what the hold covers by now
    };
    Reservation(Router& router, const core::Place& place, Money money)
        : router_(&router), place_(place), money_(money) {}
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;
    ~Reservation();

    struct Bill {
        MicroUsd cost;
        bool estimated = false;  // the provider did not say what was used
        WallTime wall;
    };
    void settle(const core::AttemptOutcome& outcome, const Bill& bill, Instant now, std::uint64_t draw);
    [[nodiscard]] bool held() const { return router_ != nullptr; }
    [[nodiscard]] core::LaneId lane() const { return place_.lane; }

  private:
    friend class Router;
    Router* router_ = nullptr;
    core::Place place_;
    Money money_;
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
    friend class Router;
    Router* router_ = nullptr;
    std::string model_;
    core::WaitQueues::Ticket ticket_ = 0;
};

// What an operator may do to a breaker.
enum class BreakerAct : std::uint8_t { hold_open, hold_closed, end_hold, reset, probe };

class Router {
  public:
    // `ledger` outlives the router; nullptr: money is not kept.
    explicit Router(core::ConfigPtr config, ports::LedgerStore* ledger = nullptr, Moment at = {});

    void apply(core::ConfigPtr config, Moment at = {});
    void set_overrides(core::OverrideTablePtr overrides);
    void set_drills(core::DrillTablePtr drills);
    [[nodiscard]] Rules rules() const;

    // ---- the journey
    [[nodiscard]] Entry enter(const core::Admission::Description& request, Instant now);
    // Decides and, for `go`, reserves the slot, memory, rates and money together. `place`: the caller's place in the
    // queue, or none. Refusals of the account: rate_limited; budget_exhausted and ledger_unavailable, where nothing in
    // the plan is free.
    [[nodiscard]] Reservation decide(core::DecideInput input, QueuePlace& place, Entry& entry, WallTime wall,
                                     core::Decision& out);
    // A second attempt at `input.hedge_step`, beside one that is late: reserves what would simply serve and is free
    // now, within the budget for hedges and the account's credit. Nothing held: there is none.
    [[nodiscard]] Reservation hedge(core::DecideInput input, Entry& entry, WallTime wall, core::Decision& out);
    // Dry run.
    void explain(const core::DecideInput& input, core::Decision& out) const;
    // The first sign of life of the reservation's attempt.
    void note_progress(const Reservation& reservation, Instant now);
    // `emitted` output tokens so far, which with the prompt cost `cost`: charges what goes beyond the expectation.
    void top_up(Reservation& reservation, Entry& entry, std::int64_t emitted, MicroUsd cost, Moment at);
    // The fleet at the instant of a refusal, seen in one piece; the verdicts are in the trace of the decision.
    struct Refusal {
        Names lanes;                          // by LaneId
        std::vector<std::int64_t> in_flight;  // of the lanes, in the order of the trace
        std::size_t queued = 0;               // requests that wait anywhere
        bool idle = false;                    // a target could have served what admission refused
    };
    // It is refused, after so many attempts. Counted unless a provider is to blame.
    Refusal note_refusal(const Entry& entry, const core::DecideInput& input, ErrorCode code, int attempts,
                         core::Decision& out);
    // May this account's request be tried once more after such a failure? Takes it from the account's budget.
    // What it took comes back if no place is reserved for that try.
    [[nodiscard]] bool take_retry(Entry& entry, core::RetryKind kind);
    struct Wait {
        std::string model;
        std::shared_ptr<ports::Alarm> alarm;  // rings when it is worth deciding again
        Instant deadline = never;
    };
    // Errors: queue_full, queue_timeout (its turn would come too late).
    [[nodiscard]] Result<QueuePlace> join_queue(const Wait& wait, const Entry& entry, Instant now);
    // For a decision to wait with ledger_unavailable: rings when credit came, or when none will come any more. True:
    // it did not listen yet, so decide again before you sleep. Stop listening when you leave.
    [[nodiscard]] bool await_credit(const std::shared_ptr<ports::Alarm>& alarm);
    void stop_awaiting_credit(const std::shared_ptr<ports::Alarm>& alarm);
    // When somebody who comes now could have a place, as measured.
    [[nodiscard]] Nanos retry_after(const std::string& model, Instant now) const;

    // What is remembered of answers, each behind a lock of its own.
    [[nodiscard]] KeptAnswers& answers() { return answers_; }
    [[nodiscard]] ResponseHomes& homes() { return homes_; }

    // ---- the slow path
    [[nodiscard]] FleetView view() const;  // as of the last tick or decision
    // The same for whoever can live with one at most this old.
    static constexpr Nanos recent = 100ms;
    [[nodiscard]] std::shared_ptr<const FleetView> recent_view(Instant now) const;
    void act(core::LaneId lane, BreakerAct act, Instant until, Instant now);
    void set_draining(core::DeploymentId deployment, bool draining);
    // While a drill strikes everybody at the lane it says nothing: a check meets the provider as it is.
    void note_free_check(core::LaneId lane, core::FreeCheck check, Instant now);
    void note_slots(core::DeploymentId deployment, core::SlotReport report);
    // Several times a second: windows, forgotten holds, credit.
    void tick(Moment at);
    // What the ledger's store has made durable; any thread.
    void note_ledger(const ports::LedgerProgress& progress);

  private:
    friend class Entry;
    friend class Reservation;
    friend class QueuePlace;
    void release(const Reservation& reservation, const core::AttemptOutcome& outcome, const Reservation::Bill& bill,
                 Instant now, std::uint64_t draw);
    void release_unused(const Reservation& reservation);
    bool leave(core::Ask& ask, const core::AskEnd& end, Instant now);
    void abandon(core::Ask& ask);
    void leave_queue(const std::string& model, core::WaitQueues::Ticket ticket);
    // All with mutex_ held.
    [[nodiscard]] FleetView copy_view() const;
    [[nodiscard]] bool admit(Entry& entry, Instant now, core::Decision& out);
    [[nodiscard]] Reservation::Money hold_money(const core::DecideInput& input, Entry& entry, WallTime wall,
                                                core::Decision& out);
    [[nodiscard]] Reservation::Money choose(core::DecideInput& input, Entry& entry, WallTime wall, core::Decision& out);
    [[nodiscard]] int money_account(core::AccountId id) const;  // -1: none
    [[nodiscard]] bool is_drilled(core::LaneId lane, Instant now) const;
    void flush_ledger();
    // What others wait for, ahead of this one.
    [[nodiscard]] std::span<const core::DeploymentId> reserved(const std::string& model, const QueuePlace& place);
    void note_needs(const std::string& model, const QueuePlace& place, const core::DecideInput& input,
                    const core::Decision& out);
    // Those who may have a place now: the heads of the queues, and the first of those who wait for something else.
    void wake_heads();

    std::mutex applying_;  // taken before mutex_; rules are compiled with only this one held
    mutable std::mutex mutex_;
    core::Registries names_;  // changed with both held
    Names lane_names_, key_names_;
    mutable std::shared_ptr<const FleetView> recent_;
    mutable Instant recent_at_{};
    Rules rules_;
    core::Fleet fleet_;
    core::Admission admission_;
    core::WaitQueues queues_;
    core::Ledger ledger_;
    ports::LedgerStore* ledger_store_;
    std::vector<int> ledger_accounts_;  // the ledger's number, by AccountId
    Instant seen_{};                    // the latest time anybody told
    std::map<core::WaitQueues::Ticket, std::shared_ptr<ports::Alarm>> alarms_;
    core::WaitLines lines_;
    std::vector<core::DeploymentId> needs_;        // scratch of note_needs
    std::vector<core::WaitQueues::Ticket> heads_;  // scratch of wake_heads
    std::set<std::shared_ptr<ports::Alarm>> awaiting_credit_;
    KeptAnswers answers_;
    ResponseHomes homes_;
};

}  // namespace signalbox::flow
