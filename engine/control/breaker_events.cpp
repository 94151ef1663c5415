#include "engine/control/breaker_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/control/target_names.h"
#include "engine/control/wording.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::control {

using core::BreakerState;

// One breaker, of a lane or a key, as it is now.
struct BreakerEvents::Present {
    const core::Health& health;
    const std::string& target;
    std::int64_t diverted = 0;
    std::string served_by = {};
};

namespace {

// Trips of one outage are one alert.
BreakerEvent opened(const core::Health& health, const std::string& target, bool again, Moment at) {
    if (health.state() == BreakerState::closed) {  // it has closed since, and forgotten why
        return {"warn", "breaker_opened", target, "its traffic was cut for a moment"};
    }
    const bool structural = core::classify(health.cause()) == core::OutcomeClass::structural;
    const Outage outage{.cause = health.cause(),
                        .target = target,
                        .began = wall_of(health.outage_began(), at),
                        .wasted = health.wasted(),
                        .diverted = 0,
                        .served_by = {}};
    return {structural && !again ? "critical" : "warn", "breaker_opened", target,
            outage_words(outage, at.wall) + "; its traffic is cut"};
}

std::string closing_text(Nanos outage, std::int64_t wasted, std::int64_t diverted, const std::string& served_by) {
    std::string text =
        fmt::format("traffic returns after {}: {} wasted", duration_words(outage), count_words(wasted, "call"));
    if (diverted == 0) return text;
    text += fmt::format(", {} diverted", count_words(diverted, "request"));
    return served_by.empty() ? text : text + " to " + served_by;
}

}  // namespace

void BreakerEvents::compare(const Present& present, Seen& seen, Moment at, std::vector<BreakerEvent>& out) {
    const core::Health& health = present.health;
    const Seen before = seen;
    seen = {health.state(),  health.trips(),   health.outage_began(),
            health.wasted(), present.diverted, present.served_by};
    const bool tripped = seen.trips > before.trips;
    if (tripped) {
        const bool again = before.trips > 0 && before.outage_began == seen.outage_began;
        out.push_back(opened(health, present.target, again, at));
    } else if (before.state != BreakerState::closed) {
        // The figures of an outage are forgotten where it ends.
        seen.outage_began = before.outage_began;
        seen.wasted = std::max(seen.wasted, before.wasted);
        seen.diverted = std::max(seen.diverted, before.diverted);
        if (seen.served_by.empty()) seen.served_by = before.served_by;
    }
    if (!tripped && seen.state == before.state) return;
    if (seen.state == BreakerState::half_open) {
        out.push_back({"info", "breaker_half_open", present.target, "one probe is under way"});
    } else if (seen.state == BreakerState::closed) {
        out.push_back({"info", "breaker_closed", present.target,
                       closing_text(at.now - seen.outage_began, seen.wasted, seen.diverted, seen.served_by)});
    } else if (!tripped) {
        out.push_back(
            {"info", "breaker_probe_failed", present.target,
             fmt::format("still {}: {} wasted", cause_words(health.cause()), count_words(seen.wasted, "call"))});
    }
}

std::vector<BreakerEvent> BreakerEvents::look(const flow::FleetView& fleet, Moment at) {
    std::vector<BreakerEvent> out;
    const auto look_at = [&](const Present& present) {
        const bool untouched = present.health.state() == BreakerState::closed && present.health.trips() == 0;
        if (!untouched) compare(present, seen_[present.target], at, out);
    };
    for (std::size_t id = 0; id < fleet.lanes.size(); ++id) {
        const core::LaneState& lane = fleet.lanes[id];
        const bool served = lane.served_by >= 0;
        look_at({lane.health, fleet.lane_names[id], lane.diverted,
                 served ? fleet.lane_names[static_cast<std::size_t>(lane.served_by)] : std::string()});
    }
    for (const auto& [id, target] : key_targets(*fleet.table)) {
        look_at({fleet.keys[static_cast<std::size_t>(id)].health, target});
    }
    return out;
}

}  // namespace signalbox::control
