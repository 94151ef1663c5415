#include "engine/flow/router.h"

#include <utility>

namespace signalbox::flow {

using core::WaitQueues;

Reservation::Reservation(Reservation&& other) noexcept
    : router_(std::exchange(other.router_, nullptr)), lane_(other.lane_), probe_(other.probe_) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
    if (this != &other) {
        if (router_ != nullptr) router_->release_unused(lane_, probe_);
        router_ = std::exchange(other.router_, nullptr);
        lane_ = other.lane_;
        probe_ = other.probe_;
    }
    return *this;
}

Reservation::~Reservation() {
    if (router_ != nullptr) router_->release_unused(lane_, probe_);
}

void Reservation::settle(core::AttemptOutcome outcome, Instant now, std::uint64_t draw) {
    outcome.note.probe = probe_;
    if (Router* router = std::exchange(router_, nullptr)) router->release(lane_, outcome, now, draw);
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

Router::Router(core::ConfigPtr config) : fleet_(config->defaults.health) {
    rules_.overrides = std::make_shared<const core::OverrideTable>();
    apply(std::move(config));
}

void Router::apply(core::ConfigPtr config) {
    auto accounts = std::make_shared<const core::AccountIndex>(*config);
    const std::lock_guard lock(mutex_);
    rules_.table = std::make_shared<const core::RoutingTable>(std::move(config), lanes_);
    rules_.accounts = std::move(accounts);
    fleet_.adopt(*rules_.table, lanes_.size());
    wake_heads();
}

void Router::set_overrides(core::OverrideTablePtr overrides) {
    const std::lock_guard lock(mutex_);
    rules_.overrides = std::move(overrides);
}

Rules Router::rules() const {
    const std::lock_guard lock(mutex_);
    return rules_;
}

Reservation Router::decide(core::DecideInput input, const QueuePlace& place, core::Decision& out) {
    const std::string& model = input.plan.steps.front().entry->name;
    const std::lock_guard lock(mutex_);
    input.behind_waiters = queues_.waiting(model) > 0 && !(place.held() && queues_.is_head(model, place.ticket()));
    fleet_.decide(input, out);
    if (out.kind != core::Decision::Kind::go) return {};
    return {*this, out.chosen.lane, out.probe};
}

void Router::explain(const core::DecideInput& input, core::Decision& out) const {
    const std::lock_guard lock(mutex_);
    fleet_.explain(input, out);
}

Result<QueuePlace> Router::join_queue(const std::string& model, std::shared_ptr<ports::Alarm> alarm) {
    const std::lock_guard lock(mutex_);
    const auto limit = static_cast<std::size_t>(rules_.table->config().defaults.queue.per_model);
    Result<WaitQueues::Ticket> ticket = queues_.join(model, limit);
    if (!ticket) return std::unexpected(std::move(ticket.error()));
    alarms_.emplace(*ticket, std::move(alarm));
    return QueuePlace(*this, model, *ticket);
}

Router::Load Router::load(const core::Decision& decision) const {
    const std::lock_guard lock(mutex_);
    Load load;
    for (int i = 0; i < decision.candidate_count; ++i) {
        const core::LaneId lane = decision.candidates[static_cast<std::size_t>(i)].lane;
        load.lanes.push_back(lanes_.name(lane));
        load.in_flight.push_back(fleet_.lane(lane).in_flight);
    }
    load.queued = queues_.waiting();
    return load;
}

FleetView Router::view() const {
    const std::lock_guard lock(mutex_);
    FleetView view;
    view.table = rules_.table;
    view.lanes.reserve(static_cast<std::size_t>(lanes_.size()));
    for (core::LaneId id = 0; id < lanes_.size(); ++id) {
        view.lanes.push_back(fleet_.lane(id));
        view.lane_names.push_back(lanes_.name(id));
    }
    for (const core::ModelEntry& model : view.table->models()) {
        if (const std::size_t n = queues_.waiting(model.name); n > 0) view.queued[model.name] = n;
    }
    return view;
}

void Router::release(core::LaneId lane, const core::AttemptOutcome& outcome, Instant now, std::uint64_t draw) {
    const std::lock_guard lock(mutex_);
    fleet_.release(lane, outcome, now, draw);
    wake_heads();
}

void Router::release_unused(core::LaneId lane, bool probe) {
    const std::lock_guard lock(mutex_);
    fleet_.release_unused(lane, probe);
    wake_heads();
}

void Router::leave_queue(const std::string& model, WaitQueues::Ticket ticket) {
    const std::lock_guard lock(mutex_);
    queues_.leave(model, ticket);
    alarms_.erase(ticket);
    wake_heads();
}

void Router::wake_heads() {
    if (queues_.waiting() == 0) return;
    heads_.clear();
    queues_.heads(heads_);
    for (const WaitQueues::Ticket ticket : heads_) {
        if (const auto alarm = alarms_.find(ticket); alarm != alarms_.end()) alarm->second->ring();
    }
}

}  // namespace signalbox::flow
