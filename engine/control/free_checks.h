// Asks providers behind open breakers whether they work again, in ways that cost nothing and can generate nothing.
//
// Every open lane is asked each HealthConfig::free_check, spread over that time, a few at once. Clouds are sent a body
// without a prompt: a live route refuses it, a dead one does not know it. Servers that load on demand are only asked
// what they have. Control loop only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/control/hooks.h"
#include "engine/control/http_probe.h"
#include "engine/flow/router.h"
#include "engine/ports/clock.h"
#include "engine/ports/random.h"
#include "engine/ports/spawner.h"

namespace signalbox::control {

// What the answer to one free question says of a lane that was opened for `cause`. `listing`: only what the server has
// was asked for, not the route itself. Pure.
[[nodiscard]] core::FreeCheck judge_free_check(const Result<ProbeAnswer>& answer, bool listing, ErrorCode cause);

class FreeChecks {
  public:
    struct Parts {
        ports::Clock& clock;
        ports::Network& network;
        ports::Spawner& spawner;
        ports::Random& random;
        std::function<flow::FleetView()> view;
        std::function<void(core::LaneId, core::FreeCheck, Instant)> tell;
    };

    explicit FreeChecks(Parts parts);
    ~FreeChecks();  // stops

    void start();
    // Nothing is told afterwards; coroutines end by themselves.
    void stop();
    // The last one of a lane whose breaker is still open; nullopt: none was made.
    [[nodiscard]] std::optional<FreeCheckNote> last(core::LaneId lane) const;

    static constexpr int at_once = 4;

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the coroutines
};

}  // namespace signalbox::control
