#include "engine/control/breaker_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/control/wording.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::control {
namespace {

using core::BreakerState;

BreakerEvent opened(const core::LaneState& lane, const std::string& target, Moment at) {
    const core::Health& health = lane.health;
    if (health.state() == BreakerState::closed) {  // again already: it has forgotten why
        return {"warn", "breaker_opened", target, "its traffic was cut for a moment"};
    }
    const bool structural = core::classify(health.cause()) == core::OutcomeClass::structural;
    const Outage outage{.cause = health.cause(),
                        .target = target,
                        .began = wall_of(health.outage_began(), at),
                        .wasted = health.wasted(),
                        .diverted = 0,
                        .served_by = {}};
    return {structural ? "critical" : "warn", "breaker_opened", target,
            outage_words(outage, at.wall) + "; its traffic is cut"};
}

}  // namespace

// Figures of an outage outlive its end here: the breaker forgets them when it closes.
BreakerEvents::Seen BreakerEvents::see(const core::LaneState& lane, const Seen& before) {
    const core::Health& health = lane.health;
    Seen now{health.state(), health.trips(), health.outage_began(), health.wasted(), lane.diverted, lane.served_by};
    if (before.state == BreakerState::closed || health.trips() > before.trips) return now;
    now.outage_began = before.outage_began;
    now.wasted = std::max(now.wasted, before.wasted);
    now.diverted = std::max(now.diverted, before.diverted);
    if (now.served_by < 0) now.served_by = before.served_by;
    return now;
}

void BreakerEvents::look_at(std::size_t id, const flow::FleetView& fleet, Moment at, std::vector<BreakerEvent>& out) {
    const core::LaneState& lane = fleet.lanes[id];
    const std::string& target = fleet.lane_names[id];
    const Seen before = seen_[id];
    const Seen now = seen_[id] = see(lane, before);
    const bool tripped = now.trips > before.trips;
    if (tripped) out.push_back(opened(lane, target, at));
    if (!tripped && now.state == before.state) return;
    switch (now.state) {
        case BreakerState::open:
            if (tripped) return;
            out.push_back({"info", "breaker_probe_failed", target,
                           fmt::format("still {}: {} wasted", cause_words(lane.health.cause()),
                                       count_words(now.wasted, "call"))});
            return;
        case BreakerState::half_open:
            out.push_back({"info", "breaker_half_open", target, "one probe is under way"});
            return;
        case BreakerState::closed:
            break;
    }
    out.push_back({"info", "breaker_closed", target, closing_text(now, fleet, at)});
}

std::string BreakerEvents::closing_text(const Seen& now, const flow::FleetView& fleet, Moment at) {
    std::string text = "traffic returns";
    if (now.outage_began != Instant{}) text += " after " + duration_words(at.now - now.outage_began);
    text += fmt::format(": {} wasted", count_words(now.wasted, "call"));
    if (now.diverted > 0) text += fmt::format(", {} diverted", count_words(now.diverted, "request"));
    if (now.diverted > 0 && now.served_by >= 0) {
        text += " to " + fleet.lane_names[static_cast<std::size_t>(now.served_by)];
    }
    return text;
}

std::vector<BreakerEvent> BreakerEvents::look(const flow::FleetView& fleet, Moment at) {
    std::vector<BreakerEvent> out;
    seen_.resize(std::max(seen_.size(), fleet.lanes.size()));
    for (std::size_t id = 0; id < fleet.lanes.size(); ++id) look_at(id, fleet, at, out);
    return out;
}

}  // namespace signalbox::control
