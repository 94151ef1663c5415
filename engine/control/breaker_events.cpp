#include "engine/control/breaker_events.h"

namespace signalbox::control {
namespace {

using core::BreakerState;

BreakerEvent event_of(BreakerState state, const std::string& target, const core::Health& health) {
    switch (state) {
        case BreakerState::open:
            return {"warn", "breaker_opened", target, "traffic cut: " + std::string(to_string(health.cause()))};
        case BreakerState::half_open:
            return {"info", "breaker_half_open", target, "one probe is under way"};
        case BreakerState::closed:
            break;
    }
    return {"info", "breaker_closed", target, "traffic is back"};
}

}  // namespace

std::vector<BreakerEvent> BreakerEvents::look(const flow::FleetView& fleet) {
    std::vector<BreakerEvent> out;
    seen_.resize(fleet.lanes.size());
    for (std::size_t id = 0; id < fleet.lanes.size(); ++id) {
        const core::Health& health = fleet.lanes[id].health;
        Seen& seen = seen_[id];
        const bool tripped = health.trips() > seen.trips;
        if (tripped && health.state() != BreakerState::open) {
            out.push_back(event_of(BreakerState::open, fleet.lane_names[id], health));
        }
        if (tripped || health.state() != seen.state) {
            out.push_back(event_of(health.state(), fleet.lane_names[id], health));
        }
        seen = {health.state(), health.trips()};
    }
    return out;
}

}  // namespace signalbox::control
