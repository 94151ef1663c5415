// What the slow path asks of the decision state and tells it.
#include <algorithm>
#include <utility>

#include "engine/flow/router.h"

namespace signalbox::flow {
namespace {

std::vector<core::MoneyAccount> money_accounts(const core::Config& config) {
    std::vector<core::MoneyAccount> out;
    for (const core::AccountConfig& account : config.accounts) {
        out.push_back({account.name, account.budget, account.budget_per});
    }
    return out;
}

std::vector<LedgerWindow> ledger_windows(const core::Config& config, WallTime wall) {
    std::vector<LedgerWindow> out;
    for (const core::AccountConfig& account : config.accounts) {
        out.push_back({account.name, core::Ledger::window_began(wall, account.budget_per)});
    }
    return out;
}

std::vector<std::string> all_of(const core::NameRegistry& registry) {
    std::vector<std::string> names;
    for (int id = 0; id < registry.size(); ++id) names.push_back(registry.name(id));
    return names;
}

}  // namespace

const core::Health& FleetView::health_of(const core::Lane& lane) const {
    const core::Health& own = lanes[static_cast<std::size_t>(lane.id)].health;
    if (lane.key_id < 0) return own;
    const core::Health& of_key = keys[static_cast<std::size_t>(lane.key_id)].health;
    return of_key.state() == core::BreakerState::closed ? own : of_key;
}

Router::Router(core::ConfigPtr config, ports::LedgerStore* ledger, Moment at)
    : fleet_(config->defaults), ledger_store_(ledger) {
    rules_.overrides = std::make_shared<const core::OverrideTable>();
    if (ledger_store_ != nullptr) {
        // A store that cannot be read is one that cannot be written: budgets refuse, everything else is served.
        if (auto books = ledger_store_->load(ledger_windows(*config, at.wall))) {
            ledger_.restore(*books, at.wall);
        } else {
            ledger_.store_failed();
        }
    }
    apply(std::move(config), at);
}

void Router::apply(core::ConfigPtr config, Moment at) {
    const std::lock_guard turn(applying_);
    core::Registries names = names_;
    auto table = std::make_shared<const core::RoutingTable>(config, names);
    auto accounts = std::make_shared<const core::AccountIndex>(*config);
    Names lane_names(all_of(names.lanes)), key_names(all_of(names.keys));
    Rules before;                             // what nobody uses any more is freed
    std::shared_ptr<const FleetView> viewed;  // after the lock
    const std::lock_guard lock(mutex_);
    before = rules_;
    viewed = std::exchange(recent_, nullptr);
    admission_.adopt(*config, at.now);
    ledger_.configure(money_accounts(*config), at.wall);
    ledger_accounts_.clear();
    for (const core::AccountConfig& account : config->accounts) {
        const auto id = static_cast<std::size_t>(admission_.account_id(account.name));
        if (ledger_accounts_.size() <= id) ledger_accounts_.resize(id + 1, -1);
        ledger_accounts_[id] = static_cast<int>(&account - config->accounts.data());
    }
    flush_ledger();
    names_ = std::move(names);
    lane_names_ = std::move(lane_names);
    key_names_ = std::move(key_names);
    rules_.table = std::move(table);
    rules_.accounts = std::move(accounts);
    ++rules_.edition;
    fleet_.adopt(*rules_.table, names_, at.now);
    wake_heads();
}

void Router::set_overrides(core::OverrideTablePtr overrides) {
    const std::lock_guard lock(mutex_);
    rules_.overrides = std::move(overrides);
    ++rules_.edition;
}

void Router::set_drills(core::DrillTablePtr drills) {
    const std::lock_guard lock(mutex_);
    rules_.drills = std::move(drills);
    ++rules_.edition;
}

FleetView Router::view() const {
    const std::lock_guard lock(mutex_);
    return copy_view();
}

std::shared_ptr<const FleetView> Router::recent_view(Instant now) const {
    std::shared_ptr<const FleetView> old;  // freed after the lock
    const std::lock_guard lock(mutex_);
    if (recent_ == nullptr || now - recent_at_ >= recent) {
        old = std::exchange(recent_, std::make_shared<const FleetView>(copy_view()));
        recent_at_ = now;
    }
    return recent_;
}

FleetView Router::copy_view() const {
    FleetView view;
    view.table = rules_.table;
    view.lane_names = lane_names_;
    view.key_names = key_names_;
    for (core::LaneId id = 0; id < names_.lanes.size(); ++id) view.lanes.push_back(fleet_.lane(id));
    for (core::KeyId id = 0; id < names_.keys.size(); ++id) view.keys.push_back(fleet_.key(id));
    for (core::DeploymentId id = 0; id < names_.deployments.size(); ++id) {
        view.deployments.push_back(fleet_.deployment(id));
        view.ceilings.push_back(fleet_.ceiling(fleet_.deployment(id)));
        const core::TokenCalibration* learned = admission_.calibration(id);
        view.calibrations.push_back(learned == nullptr ? Calibration{}
                                                       : Calibration{learned->bytes_per_token(), learned->error()});
    }
    for (const core::ModelEntry& model : view.table->models()) {
        if (const std::size_t n = queues_.waiting(model.name); n > 0) view.queued[model.name] = n;
        view.expected_output.push_back(admission_.expected_output(model.name, 0));
    }
    for (core::AccountId id = 0; id < admission_.accounts(); ++id) {
        AccountView& row = view.accounts.emplace_back();
        row.figures = admission_.figures(id, seen_);
        if (const int money = money_account(id); money >= 0) row.money = ledger_.view(money);
    }
    return view;
}

int Router::money_account(core::AccountId id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < ledger_accounts_.size() ? ledger_accounts_[index] : -1;
}

void Router::act(core::LaneId lane, BreakerAct act, Instant until, Instant now) {
    const std::lock_guard lock(mutex_);
    ++rules_.edition;
    switch (act) {
        case BreakerAct::hold_open:
            fleet_.hold(lane, core::HoldKind::open, until, now);
            break;
        case BreakerAct::hold_closed:
            fleet_.hold(lane, core::HoldKind::closed, until, now);
            break;
        case BreakerAct::end_hold:
            fleet_.hold(lane, core::HoldKind::none, {}, now);
            break;
        case BreakerAct::reset:
            fleet_.reset(lane, now);
            break;
        case BreakerAct::probe:
            fleet_.ask_probe(lane, now);
            break;
    }
    wake_heads();
}

void Router::set_draining(core::DeploymentId deployment, bool draining) {
    const std::lock_guard lock(mutex_);
    ++rules_.edition;
    fleet_.set_draining(deployment, draining);
    wake_heads();
}

bool Router::is_drilled(core::LaneId lane, Instant now) const {
    if (rules_.drills == nullptr) return false;
    const auto strikes = [&](const core::ActiveDrill& drill) {
        if (drill.header_only || now >= drill.expires) return false;
        const std::vector<core::LaneId> lanes = core::lanes_of(drill.target, *rules_.table);
        return std::ranges::find(lanes, lane) != lanes.end();
    };
    return std::ranges::any_of(rules_.drills->rows, strikes);
}

void Router::note_free_check(core::LaneId lane, core::FreeCheck check, Instant now) {
    const std::lock_guard lock(mutex_);
    if (is_drilled(lane, now)) return;
    if (fleet_.note_free_check(lane, check, now)) wake_heads();
}

void Router::note_slots(core::DeploymentId deployment, core::SlotReport report) {
    const std::lock_guard lock(mutex_);
    fleet_.note_slots(deployment, std::move(report));
    wake_heads();
}

void Router::tick(Moment at) {
    const std::lock_guard lock(mutex_);
    seen_ = std::max(seen_, at.now);
    ledger_.tick(at.now, at.wall);
    flush_ledger();
    wake_heads();  // a rate that refills, or a report that is no longer valid, rings for nobody
}

void Router::note_ledger(const ports::LedgerProgress& progress) {
    const std::lock_guard lock(mutex_);
    const bool credited = ledger_.confirm(progress.durable);  // before a failure drops what is not durable
    if (progress.failed) ledger_.store_failed();
    flush_ledger();  // the next credit, where this was not enough
    if (!credited && !progress.failed) return;
    for (const std::shared_ptr<ports::Alarm>& alarm : awaiting_credit_) alarm->ring();
    awaiting_credit_.clear();
}

}  // namespace signalbox::flow
