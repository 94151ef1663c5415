#include "engine/flow/router.h"

#include <algorithm>
#include <utility>

#include "engine/core/ledger/price.h"

namespace signalbox::flow {

using core::WaitQueues;

Entry::Entry(Entry&& other) noexcept
    : router_(std::exchange(other.router_, nullptr)),
      ask_(other.ask_),
      rates_(other.rates_),
      awaited_credit_(other.awaited_credit_) {}

Entry& Entry::operator=(Entry&& other) noexcept {
    if (this != &other) {
        if (router_ != nullptr) router_->abandon(ask_);
        router_ = std::exchange(other.router_, nullptr);
        ask_ = other.ask_;
        rates_ = other.rates_;
        awaited_credit_ = other.awaited_credit_;
    }
    return *this;
}

Entry::~Entry() {
    if (router_ != nullptr) router_->abandon(ask_);
}

bool Entry::leave(const core::AskEnd& end, Instant now) {
    Router* router = std::exchange(router_, nullptr);
    return router != nullptr && router->leave(ask_, end, now);
}

Reservation::Reservation(Reservation&& other) noexcept
    : router_(std::exchange(other.router_, nullptr)), place_(other.place_), money_(other.money_) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
    if (this != &other) {
        if (router_ != nullptr) router_->release_unused(*this);
        router_ = std::exchange(other.router_, nullptr);
        place_ = other.place_;
        money_ = other.money_;
    }
    return *this;
}

Reservation::~Reservation() {
    if (router_ != nullptr) router_->release_unused(*this);
}

void Reservation::settle(const core::AttemptOutcome& outcome, const Bill& bill, Instant now, std::uint64_t draw) {
    if (Router* router = std::exchange(router_, nullptr)) router->release(*this, outcome, bill, now, draw);
}

QueuePlace::QueuePlace(QueuePlace&& other) noexcept
    : router_(std::exchange(other.router_, nullptr)), model_(std::move(other.model_)), ticket_(other.ticket_) {}

QueuePlace& QueuePlace::operator=(QueuePlace&& other) noexcept {
    if (this != &other) {
        if (router_ != nullptr) router_->leave_queue(model_, ticket_);
        router_ = std::exchange(other.router_, nullptr);
        model_ = std::move(other.model_);
        ticket_ = other.ticket_;
    }
    return *this;
}

QueuePlace::~QueuePlace() {
    if (router_ != nullptr) router_->leave_queue(model_, ticket_);
}

Rules Router::rules() const {
    const std::lock_guard lock(mutex_);
    return rules_;
}

Entry Router::enter(const core::Admission::Description& request, Instant now) {
    const std::lock_guard lock(mutex_);
    return {*this, admission_.describe(request, now)};
}

bool Router::admit(Entry& entry, Instant now, core::Decision& out) {
    if (entry.ask_.entered) return true;
    const core::AccountEntry rates = admission_.enter(entry.ask_, now);
    entry.rates_ = admission_.rates_left(entry.ask_.account, now);
    if (rates.ok()) return true;
    out.kind = core::Choice::Kind::refuse;
    out.refusal = ErrorCode::rate_limited;
    out.retry_at = after(now, rates.retry_after);
    out.short_of = rates.short_of;
    return false;
}

Reservation::Money Router::hold_money(const core::DecideInput& input, Entry& entry, WallTime wall,
                                      core::Decision& out) {
    const core::Ask& ask = entry.ask_;
    const auto& deployment = input.plan.table->deployments()[static_cast<std::size_t>(out.chosen.deployment)];
    const int account = money_account(ask.account);
    if (account < 0 || ledger_store_ == nullptr || !core::costs_money(deployment.limits.price)) return {};
    const bool picture = deployment.shape == core::Shape::image;
    const MicroUsd expected =
        core::cost_of({ask.input_tokens, ask.output.expected, 0, picture ? 1 : 0}, *deployment.limits.price);
    const core::HoldAnswer answer =
        ledger_.hold(account, expected, after(input.now, input.probe_lease), wall, entry.awaited_credit_);
    entry.awaited_credit_ = answer.wait;
    if (answer.code == ErrorCode::ok) return {answer.id, expected};
    fleet_.release_unused(out.place, input.now);
    out.refusal = answer.code;
    out.kind = answer.wait ? core::Choice::Kind::wait : core::Choice::Kind::refuse;
    out.busy = answer.wait;
    return {};
}

// Who cannot pay is still served by what is free.
Reservation::Money Router::choose(core::DecideInput& input, Entry& entry, WallTime wall, core::Decision& out) {
    fleet_.decide(input, out);
    if (out.kind != core::Choice::Kind::go) return {};
    const Reservation::Money money = hold_money(input, entry, wall, out);
    if (out.kind != core::Choice::Kind::refuse) return money;
    const ErrorCode broke = out.refusal;
    input.free_only = true;
    fleet_.decide(input, out);
    if (out.kind != core::Choice::Kind::wait) out.refusal = broke;
    return {};
}

Reservation Router::decide(core::DecideInput input, QueuePlace& place, Entry& entry, WallTime wall,
                           core::Decision& out) {
    const std::string& model = input.plan.steps.front().entry->name;
    const std::lock_guard lock(mutex_);
    seen_ = std::max(seen_, input.now);
    out.reset();
    if (!admit(entry, input.now, out)) return {};
    input.reserved = reserved(model, place);
    input.may_fail_over = input.may_fail_over && admission_.may_retry(entry.ask_);
    const Reservation::Money money = choose(input, entry, wall, out);
    flush_ledger();
    if (out.kind == core::Choice::Kind::wait) note_needs(model, place, input, out);
    if (out.kind != core::Choice::Kind::go) return {};
    core::Admission::retry_begins(entry.ask_);
    out.hedge_after = fleet_.attempt_begins(input, out);
    if (place.held()) {
        queues_.served(model, place.ticket(), input.now);
        alarms_.erase(place.ticket());
        lines_.leave(model, place.ticket());
        place.router_ = nullptr;
        wake_heads();
    }
    return {*this, out.place, money};
}

Reservation Router::hedge(core::DecideInput input, Entry& entry, WallTime wall, core::Decision& out) {
    const core::ModelEntry& model = *input.plan.steps[static_cast<std::size_t>(input.hedge_step)].entry;
    const std::lock_guard lock(mutex_);
    seen_ = std::max(seen_, input.now);
    out.reset();
    if (!fleet_.may_hedge(model.pool, input.now)) return {};
    input.reserved = reserved(input.plan.steps.front().entry->name, {});
    fleet_.decide(input, out);
    if (out.kind != core::Choice::Kind::go) return {};
    const Reservation::Money money = hold_money(input, entry, wall, out);
    entry.awaited_credit_ = false;  // nobody waits for it
    flush_ledger();
    if (out.kind != core::Choice::Kind::go) return {};
    fleet_.hedge_begins(model.pool, input.now);
    return {*this, out.place, money};
}

void Router::explain(const core::DecideInput& input, core::Decision& out) const {
    const std::lock_guard lock(mutex_);
    fleet_.explain(input, out);
}

void Router::note_progress(const Reservation& reservation, Instant now) {
    const std::lock_guard lock(mutex_);
    fleet_.note_progress(reservation.place_.lane, now);
}

void Router::top_up(Reservation& reservation, Entry& entry, std::int64_t emitted, MicroUsd cost, Moment at) {
    const std::lock_guard lock(mutex_);
    admission_.top_up(entry.ask_, emitted, at.now);
    Reservation::Money& money = reservation.money_;
    if (!money.hold || cost <= money.amount) return;
    // What the budget cannot give any more the answer may still cost: it is posted as debt.
    const core::HoldAnswer more = ledger_.extend(money.hold, {cost.value - money.amount.value}, at.wall);
    if (more.code == ErrorCode::ok) money.amount = cost;
    flush_ledger();
}

Router::Refusal Router::note_refusal(const Entry& entry, const core::DecideInput& input, ErrorCode code, int attempts,
                                     core::Decision& out) {
    const std::lock_guard lock(mutex_);
    fleet_.explain(input, out);
    const bool by_admission = code == ErrorCode::rate_limited || code == ErrorCode::queue_full ||
                              code == ErrorCode::queue_timeout || code == ErrorCode::ledger_unavailable;
    Refusal seen{lane_names_, {}, queues_.waiting()};
    seen.idle = by_admission && out.kind == core::Choice::Kind::go && !out.bypassed;
    for (const core::CandidateVerdict& row : out.trace) seen.in_flight.push_back(fleet_.lane(row.lane).in_flight);
    if (by_admission || attempts == 0) admission_.refused(entry.ask_, seen.idle, input.now);
    return seen;
}

bool Router::take_retry(Entry& entry, core::RetryKind kind) {
    const std::lock_guard lock(mutex_);
    return admission_.take_retry(entry.ask_, kind);
}

Result<QueuePlace> Router::join_queue(const Wait& wait, const Entry& entry, Instant now) {
    const std::lock_guard lock(mutex_);
    const auto limit = static_cast<std::size_t>(rules_.table->config().defaults.queue.per_model);
    const core::AccountId account = entry.ask_.account;
    Result<WaitQueues::Ticket> ticket = queues_.join(
        wait.model, limit, {static_cast<std::uint64_t>(account), admission_.priority(account), now, wait.deadline});
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    alarms_.emplace(*ticket, wait.alarm);
    return QueuePlace(*this, wait.model, *ticket);
}

bool Router::await_credit(const std::shared_ptr<ports::Alarm>& alarm) {
    const std::lock_guard lock(mutex_);
    return awaiting_credit_.insert(alarm).second;
}

void Router::stop_awaiting_credit(const std::shared_ptr<ports::Alarm>& alarm) {
    const std::lock_guard lock(mutex_);
    awaiting_credit_.erase(alarm);
}

Nanos Router::retry_after(const std::string& model, Instant now) const {
    const std::lock_guard lock(mutex_);
    return queues_.retry_after(model, now);
}

void Router::release(const Reservation& reservation, const core::AttemptOutcome& outcome, const Reservation::Bill& bill,
                     Instant now, std::uint64_t draw) {
    const std::lock_guard lock(mutex_);
    seen_ = std::max(seen_, now);
    fleet_.release(reservation.place_, outcome, now, draw);
    if (const core::HoldId hold = reservation.money_.hold) {
        if (bill.cost.value > 0) {
            const core::PostNote note{outcome.note.request_id, bill.estimated};
            if (!ledger_.post(hold, bill.cost, note, bill.wall).done)
                ledger_.post_late(hold, bill.cost, note, bill.wall);
        } else {
            (void)ledger_.release(hold);
        }
        flush_ledger();
    }
    wake_heads();
}

void Router::release_unused(const Reservation& reservation) {
    const std::lock_guard lock(mutex_);
    fleet_.release_unused(reservation.place_, seen_);
    if (reservation.money_.hold) (void)ledger_.release(reservation.money_.hold);
    wake_heads();
}

bool Router::leave(core::Ask& ask, const core::AskEnd& end, Instant now) {
    const std::lock_guard lock(mutex_);
    seen_ = std::max(seen_, now);
    return admission_.leave(ask, end, now);
}

void Router::abandon(core::Ask& ask) {
    const std::lock_guard lock(mutex_);
    (void)admission_.leave(ask, {}, seen_);
}

void Router::leave_queue(const std::string& model, WaitQueues::Ticket ticket) {
    const std::lock_guard lock(mutex_);
    queues_.leave(model, ticket);
    alarms_.erase(ticket);
    lines_.leave(model, ticket);
    wake_heads();
}

void Router::flush_ledger() {
    if (ledger_store_ != nullptr && !ledger_.outbox().empty()) ledger_store_->append(ledger_.outbox());
}

std::span<const core::DeploymentId> Router::reserved(const std::string& model, const QueuePlace& place) {
    const auto head = queues_.waiting() == 0 ? std::nullopt : queues_.head(model);
    if (!head) return {};
    return lines_.reserved(model, place.held() ? place.ticket() : core::WaitLines::newcomer, *head);
}

void Router::note_needs(const std::string& model, const QueuePlace& place, const core::DecideInput& input,
                        const core::Decision& out) {
    if (!place.held()) return;
    needs_.clear();
    for (const core::CandidateVerdict& row : out.trace) {
        if (!core::is_full(row.verdict)) continue;
        needs_.push_back(input.plan.table->deployments()[static_cast<std::size_t>(row.deployment)].id);
    }
    std::ranges::sort(needs_);
    needs_.erase(std::ranges::unique(needs_).begin(), needs_.end());
    lines_.wait_for(model, place.ticket(), needs_);
}

void Router::wake_heads() {
    if (queues_.waiting() == 0) return;
    heads_.clear();
    queues_.heads(heads_);
    lines_.firsts(heads_);
    for (const WaitQueues::Ticket ticket : heads_) {
        if (const auto alarm = alarms_.find(ticket); alarm != alarms_.end()) alarm->second->ring();
    }
}

}  // namespace signalbox::flow
