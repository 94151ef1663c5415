// The parts of the control plane that talk to providers on their own: free checks, slot watch and warmer, together.
#pragma once

#include "engine/control/free_checks.h"
#include "engine/control/hooks.h"
#include "engine/control/slot_watch.h"
#include "engine/control/warmer.h"

namespace signalbox::control {

// Control loop only.
class Watchers {
  public:
    struct Parts {
        ports::Clock& clock;
        ports::Network& network;
        ports::Spawner& spawner;
        ports::Random& random;
        std::function<std::shared_ptr<const flow::FleetView>()> view;  // of the router; a recent one will do
        std::function<core::RoutingTablePtr()> table;                  // in force; cheap
        std::function<void(core::LaneId, core::FreeCheck, Instant)> note_free_check;
        std::function<void(const core::Deployment&, const core::SlotReport&)> note_slots;
    };

    explicit Watchers(const Parts& parts);

    void start();
    void stop();
    // What the service asks of us. They must not outlive this.
    [[nodiscard]] Hooks hooks();

  private:
    [[nodiscard]] Result<api::v1::HeartbeatResponse> take(const api::v1::HeartbeatRequest& beat);

    FreeChecks checks_;
    SlotWatch slots_;
    Warmer warmer_;
};

}  // namespace signalbox::control
