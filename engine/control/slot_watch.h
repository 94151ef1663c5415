// Keeps an eye on how busy providers are: reads the state of those servers that tell it, takes the heartbeats of those
// that push it, and says so per deployment.
//
// Each server is asked every limits::slot_poll_every, staggered. A server that does not answer keeps its last figures
// with the trouble beside them, until they are stale. Nothing asked here loads or generates. Control loop only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/control/hooks.h"
#include "engine/core/routing/slots.h"
#include "engine/flow/router.h"
#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/random.h"
#include "engine/ports/spawner.h"

namespace signalbox::control {

class SlotWatch {
  public:
    struct Parts {
        ports::Clock& clock;
        ports::Network& network;
        ports::Spawner& spawner;
        ports::Random& random;
        std::function<core::RoutingTablePtr()> table;  // in force
        // Are requests of ours there? Asked of servers that could be kept from sleeping by being looked at.
        std::function<bool(const core::Deployment&)> in_use;
        std::function<void(const core::Deployment&, const core::SlotReport&)> tell;
    };

    explicit SlotWatch(Parts parts);
    ~SlotWatch();  // stops

    void start();
    // Nothing is told afterwards; coroutines end by themselves.
    void stop();

    // What a provider tells of itself. Errors: not_found (no such provider), invalid_argument (a sequence number that
    // does not grow; it may begin again after limits::slot_polls_missed heartbeats), limit_reached (too many models).
    [[nodiscard]] Result<void> heartbeat(const api::v1::HeartbeatRequest& beat);
    // The last report; unknown where nobody ever told.
    [[nodiscard]] core::SlotReport report(const core::Deployment& deployment) const;
    // Does the provider report by itself, and lately?
    [[nodiscard]] bool beats(const std::string& provider) const;
    // Somebody has seen the deployment's model being loaded, in so long.
    void note_load_time(const core::Deployment& deployment, Nanos took);

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the coroutines
};

}  // namespace signalbox::control
