// Tells what happened to the breakers between two looks at the fleet.
#pragma once

#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/flow/router.h"

namespace signalbox::control {

struct BreakerEvent {
    std::string severity, kind;  // breaker_opened, breaker_half_open, breaker_probe_failed, breaker_closed
    std::string target, text;
};

// Pure but for what it remembers of the last look. A breaker that opened and closed between two looks is told as opened
// and closed: its trips count up. One that opened for a reason that mends itself by no waiting (model gone, key
// refused, name or TLS broken) is critical.
class BreakerEvents {
  public:
    // Empty at the first look at a lane that is closed.
    [[nodiscard]] std::vector<BreakerEvent> look(const flow::FleetView& fleet, Moment at);

  private:
    struct Seen {
        core::BreakerState state = core::BreakerState::closed;
        std::int64_t trips = 0;
        Instant outage_began{};
        std::int64_t wasted = 0, diverted = 0;
        int served_by = -1;
    };
    void look_at(std::size_t lane, const flow::FleetView& fleet, Moment at, std::vector<BreakerEvent>& out);
    [[nodiscard]] static std::string closing_text(const Seen& now, const flow::FleetView& fleet, Moment at);
    [[nodiscard]] static Seen see(const core::LaneState& lane, const Seen& before);

    std::vector<Seen> seen_;  // by LaneId
};

}  // namespace signalbox::control
