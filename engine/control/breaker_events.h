// Tells what happened to the breakers between two looks at the fleet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/flow/router.h"

namespace signalbox::control {

struct BreakerEvent {
    std::string severity, kind;  // breaker_opened, breaker_half_open, breaker_probe_failed, breaker_closed
    std::string target, text;    // target: of a lane, or "provider#key" where the key is refused whatever the model
};

// Pure but for what it remembers of the last look. A breaker that opened and closed between two looks is told as opened
// and closed: its trips count up. One that opens for a reason no waiting mends (model gone, key refused, name or TLS
// broken) is critical, once in an outage.
class BreakerEvents {
  public:
    // Empty at the first look at a breaker that is closed.
    [[nodiscard]] std::vector<BreakerEvent> look(const flow::FleetView& fleet, Moment at);

  private:
    struct Seen {
        core::BreakerState state = core::BreakerState::closed;
        std::int64_t trips = 0;
        Instant outage_began{};
        std::int64_t wasted = 0, diverted = 0;
        std::string served_by;
    };
    struct Present;
    static void compare(const Present& present, Seen& seen, Moment at, std::vector<BreakerEvent>& out);

    std::map<std::string, Seen> seen_;  // by target; closed ones that never tripped are left out
};

}  // namespace signalbox::control
