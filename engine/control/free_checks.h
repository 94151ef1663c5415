// Asks providers behind open breakers whether they work again, in ways that cost nothing and can generate nothing.
//
// Every open lane whose cause a free question can speak of is asked each HealthConfig::free_check, spread over that
// time, a few at once. What is asked is free_question.h's. Control loop only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/control/hooks.h"
#include "engine/flow/router.h"
#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/random.h"
#include "engine/ports/spawner.h"

namespace signalbox::control {

class FreeChecks {
  public:
    struct Parts {
        ports::Clock& clock;
        ports::Network& network;
        ports::Spawner& spawner;
        ports::Random& random;
        std::function<std::shared_ptr<const flow::FleetView>()> view;
        std::function<void(core::LaneId, core::FreeCheck, Instant)> tell;
    };

    explicit FreeChecks(Parts parts);
    ~FreeChecks();  // stops

    void start();
    // Nothing is told afterwards; coroutines end by themselves.
    void stop();
    // The last one of a lane that is not closed again; nullopt: none was made.
    [[nodiscard]] std::optional<FreeCheckNote> last(core::LaneId lane) const;

    static constexpr int at_once = 4;

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the coroutines
};

}  // namespace signalbox::control
