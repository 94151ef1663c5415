// Tells what happened to the breakers between two looks at the fleet.
#pragma once

#include <string>
#include <vector>

#include "engine/flow/router.h"

namespace signalbox::control {

struct BreakerEvent {
    std::string severity, kind;  // breaker_opened, breaker_half_open, breaker_closed
    std::string target, text;
};

// Pure but for what it remembers of the last look. A breaker that opened and closed between two looks is told as opened
// and closed: its trips count up.
class BreakerEvents {
  public:
    // Empty at the first look at a lane that is closed.
    [[nodiscard]] std::vector<BreakerEvent> look(const flow::FleetView& fleet);

  private:
    struct Seen {
        core::BreakerState state = core::BreakerState::closed;
        std::int64_t trips = 0;
    };
    std::vector<Seen> seen_;  // by LaneId
};

}  // namespace signalbox::control
