#include "engine/control/breaker_acts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/control/failure.h"
#include "engine/control/override_rules.h"
#include "engine/control/wording.h"

namespace signalbox::control {
namespace {

using flow::BreakerAct;

constexpr std::int64_t hold_max_seconds = limits::hold_max / 1s;
constexpr std::array<std::pair<std::string_view, BreakerAct>, 5> acts{{{"hold_open", BreakerAct::hold_open},
                                                                       {"hold_closed", BreakerAct::hold_closed},
                                                                       {"end_hold", BreakerAct::end_hold},
                                                                       {"reset", BreakerAct::reset},
                                                                       {"probe", BreakerAct::probe}}};

std::optional<BreakerAct> act_from(std::string_view word) {
    const auto row = std::ranges::find(acts, word, &decltype(acts)::value_type::first);
    return row == acts.end() ? std::nullopt : std::optional(row->second);
}

core::HoldKind hold_of(BreakerAct act) {
    if (act == BreakerAct::hold_open) return core::HoldKind::open;
    return act == BreakerAct::hold_closed ? core::HoldKind::closed : core::HoldKind::none;
}

bool is_hold(BreakerAct act) {
    return hold_of(act) != core::HoldKind::none;
}

std::string held_text(core::HoldKind kind, WallTime until) {
    return fmt::format("held {} until {}", kind == core::HoldKind::open ? "open" : "closed", iso_time(until));
}

std::string state_text(const core::Lane& lane, const flow::FleetView& fleet, Moment at) {
    const core::Health& own = fleet.lanes[static_cast<std::size_t>(lane.id)].health;
    const core::HoldKind held = own.held(at.now);
    if (held == core::HoldKind::none) return std::string(core::to_string(fleet.health_of(lane).word(at.now)));
    return held_text(held, wall_of(own.hold_until(), at));
}

// The states of the lanes as they are now; one word where all are alike.
std::string state_text(const NamedTarget& target, const flow::FleetView& fleet, Moment at) {
    std::vector<std::string> states;
    for (const core::Lane* lane : target.lanes) states.push_back(state_text(*lane, fleet, at));
    const bool alike = std::ranges::adjacent_find(states, std::ranges::not_equal_to{}) == states.end();
    if (alike) return states.front();
    for (std::size_t i = 0; i < states.size(); ++i) {
        states[i] = lane_name(*target.lanes[i], *target.deployment, *fleet.table) + " " + states[i];
    }
    return fmt::format("{}", fmt::join(states, ", "));
}

// As it goes into the trail, whatever a client sends.
std::string cut(const std::string& text, std::size_t most) {
    return to_utf8(std::string_view(text).substr(0, most));
}

Act act_of(const std::string& action, const std::string& target, const std::string& actor, const std::string& source,
           const std::string& reason) {
    return {.actor = cut(actor, limits::name_length_max),
            .source = source,
            .action = action,
            .object = cut(target, limits::name_length_max),
            .reason = cut(trimmed(reason), limits::reason_length_max)};
}

// An act of somebody that was refused before it began.
std::unexpected<api::Failure> refused(Trail& trail, const Act& act, api::Failure failure, Moment at) {
    trail.result(act, failure.code, at.wall);
    return std::unexpected(std::move(failure));
}

api::Failure failure_of(Error error) {
    return {error.code, std::move(error.detail)};
}

// Told before it takes effect, and how it ended.
template <class Effect>
Result<void> audited(Trail& trail, const Act& act, Moment at, Effect effect) {
    if (auto done = trail.intent(act, at.wall); !done) return done;
    Result<void> done = effect();
    trail.result(act, done ? ErrorCode::ok : done.error().code, at.wall);
    return done;
}

}  // namespace

struct BreakerActs::Order {
    BreakerAct act = BreakerAct::reset;
    NamedTarget target;
    std::vector<std::string> lanes;  // names of target.lanes
    std::string before;
    Instant until{};  // of a hold
};

// What is asked must make a difference to at least one of the breakers.
std::optional<api::Failure> BreakerActs::check_states(const Order& order, const flow::FleetView& fleet, Moment at) {
    const auto any = [&](auto is) { return std::ranges::any_of(order.target.lanes, is); };
    const auto is_held = [&](const core::Lane* lane) {
        return fleet.lanes[static_cast<std::size_t>(lane->id)].health.held(at.now) != core::HoldKind::none;
    };
    const auto is_open = [&](const core::Lane* lane) {
        return fleet.health_of(*lane).state() != core::BreakerState::closed;
    };
    if (order.act == BreakerAct::end_hold && !any(is_held)) {
        return api::Failure{ErrorCode::invalid_argument, "nobody holds " + order.target.name};
    }
    if (order.act != BreakerAct::probe) return std::nullopt;
    if (any(is_held)) {
        return api::Failure{ErrorCode::conflict, fmt::format("{} is {}; end the hold first", order.target.name,
                                                             state_text(order.target, fleet, at))};
    }
    if (!any(is_open)) {
        return api::Failure{ErrorCode::invalid_argument, "its breaker is closed: every request goes there already"};
    }
    return std::nullopt;
}

api::Answer<BreakerActs::Order> BreakerActs::check_act(const v1::ActOnBreakerRequest& request, const std::string& actor,
                                                       const core::RoutingTable& table, Moment at) const {
    const auto act = act_from(request.act());
    if (!act) {
        return refuse(ErrorCode::invalid_argument, "act must be hold_open, hold_closed, end_hold, reset or probe");
    }
    if (auto failure = check_order(actor, request.reason())) return std::unexpected(std::move(*failure));
    if (is_hold(*act) && (request.ttl_seconds() < 1 || request.ttl_seconds() > hold_max_seconds)) {
        return refuse(ErrorCode::invalid_argument,
                      fmt::format("ttl_seconds is required for a hold, from 1 to {}", hold_max_seconds));
    }
    auto target = find_target(request.target(), table);
    if (!target) return refuse(std::move(target.error()));
    Order order{*act, std::move(*target), {}, {}, {}};
    if (is_hold(*act)) order.until = at.now + std::chrono::seconds(request.ttl_seconds());
    const flow::FleetView fleet = router_.view();
    if (auto failure = check_states(order, fleet, at)) return std::unexpected(std::move(*failure));
    for (const core::Lane* lane : order.target.lanes) {
        order.lanes.push_back(lane_name(*lane, *order.target.deployment, table));
    }
    order.before = state_text(order.target, fleet, at);
    return order;
}

void BreakerActs::carry_out(const Order& order, const Act& act, Moment at) {
    for (std::size_t i = 0; i < order.lanes.size(); ++i) {
        const core::LaneId lane = order.target.lanes[i]->id;
        if (order.act == BreakerAct::reset) router_.act(lane, BreakerAct::end_hold, {}, at.now);
        router_.act(lane, order.act, order.until, at.now);
        if (order.act == BreakerAct::probe) continue;
        holds_.erase(lane);
        if (!is_hold(order.act)) continue;
        holds_[lane] = {hold_of(order.act), order.lanes[i], act.reason, act.actor, at.wall, order.until};
    }
}

api::Answer<std::vector<std::string>> BreakerActs::act(const v1::ActOnBreakerRequest& request, const Caller& caller,
                                                       Moment at) {
    const std::string actor = actor_of(caller, request.actor());
    Act act = act_of("breaker.act", request.target(), actor, source_of(caller, request.source()), request.reason());
    const auto rules = router_.rules();
    auto order = check_act(request, actor, *rules.table, at);
    if (!order) return refused(trail_, act, std::move(order.error()), at);
    act.action = "breaker." + request.act();
    act.before = order->before;
    act.after = is_hold(order->act) ? held_text(hold_of(order->act), wall_of(order->until, at)) : request.act();
    const auto done = audited(trail_, act, at, [&]() -> Result<void> {
        carry_out(*order, act, at);
        return {};
    });
    if (!done) return refuse(done.error());
    trail_.event(is_hold(order->act) ? "warn" : "info", "breaker_" + request.act(), act.object,
                 fmt::format("{}, by {}: {}", act.after, act.actor, act.reason), at.wall);
    return std::move(order->lanes);
}

api::Answer<std::string> BreakerActs::drain(const v1::DrainTargetRequest& request, const Caller& caller, Moment at) {
    const bool begins = !request.end();
    const std::string named = actor_of(caller, request.actor());
    const std::string& actor = named.empty() && !begins ? caller.actor : named;
    Act act = act_of(begins ? "target.drain" : "target.undrain", request.target(), actor,
                     source_of(caller, request.source()), request.reason());
    act.before = begins ? "in service" : "draining";
    act.after = begins ? "draining" : "in service";
    if (begins) {
        if (auto failure = check_order(actor, request.reason())) return refused(trail_, act, std::move(*failure), at);
    }
    const auto rules = router_.rules();
    const auto target = find_deployment(request.target(), *rules.table);
    if (!target) return refused(trail_, act, failure_of(target.error()), at);
    if (drains_.contains(target->name) == begins) return target->name;  // two people may press the button
    const auto done = audited(trail_, act, at, [&]() -> Result<void> {
        router_.set_draining(target->deployment->id, begins);
        if (begins) drains_[target->name] = {target->deployment->id, act.reason, act.actor, at.wall};
        if (!begins) drains_.erase(target->name);
        return {};
    });
    if (!done) return refuse(done.error());
    const std::string why = act.reason.empty() ? std::string() : ": " + act.reason;
    trail_.event(begins ? "warn" : "info", begins ? "target_draining" : "target_in_service", target->name,
                 fmt::format("{}, by {}{}", act.after, act.actor, why), at.wall);
    return target->name;
}

api::Answer<std::string> BreakerActs::warm(const v1::WarmTargetRequest& request, const Caller& caller, Moment at,
                                           const decltype(Hooks::warm)& hook) {
    const std::string actor = actor_of(caller, request.actor());
    Act act = act_of("target.warm", request.target(), actor, source_of(caller, request.source()), request.reason());
    act.after = "loading";
    if (auto failure = check_order(actor, request.reason())) return refused(trail_, act, std::move(*failure), at);
    const auto rules = router_.rules();
    const auto target = find_deployment(request.target(), *rules.table);
    if (!target) return refused(trail_, act, failure_of(target.error()), at);
    if (!hook) {
        return refused(trail_, act,
                       {ErrorCode::unavailable, "this gateway has no way to ask a provider to load a model"}, at);
    }
    if (auto done = audited(trail_, act, at, [&] { return hook(*target->deployment); }); !done) {
        return refuse(std::move(done.error()));
    }
    return target->name;
}

void BreakerActs::tell_end(const HoldNote& hold, const std::string& why, Moment at) {
    const std::string before = held_text(hold.kind, wall_of(hold.expires, at));
    trail_.result({.actor = "signalbox",
                   .source = "engine",
                   .action = "breaker.end_hold",
                   .object = hold.target,
                   .before = before,
                   .after = "ended",
                   .reason = why},
                  ErrorCode::ok, at.wall);
    trail_.event("info", "breaker_hold_ended", hold.target, fmt::format("{}, by {}: {}", before, hold.actor, why),
                 at.wall);
}

void BreakerActs::adopt(const core::RoutingTable& table, Moment at) {
    constexpr auto why = "its target left the configuration";
    std::erase_if(holds_, [&](const auto& row) {
        if (find_target(row.second.target, table)) return false;
        router_.act(row.first, BreakerAct::end_hold, {}, at.now);
        tell_end(row.second, why, at);
        return true;
    });
    std::erase_if(drains_, [&](const auto& row) {
        if (find_target(row.first, table)) return false;
        router_.set_draining(row.second.deployment, false);
        trail_.event("info", "target_in_service", row.first, why, at.wall);
        return true;
    });
}

Instant BreakerActs::tick(Moment at) {
    Instant next = never;
    std::erase_if(holds_, [&](const auto& row) {
        const bool over = row.second.expires <= at.now;
        if (over) tell_end(row.second, "expiry", at);
        if (!over) next = std::min(next, row.second.expires);
        return over;
    });
    return next;
}

}  // namespace signalbox::control
