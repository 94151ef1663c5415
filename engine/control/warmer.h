// Keeps enough deployments of every model in memory: asks providers that can be asked to load, before requests have to
// wait, and to let go of what it loaded once there has been too much of it for a while.
//
// Ollama, llama.cpp as a router, LM Studio and simulated providers are asked by HTTP; those that send heartbeats find
// it in the answer to the next one. Control loop only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/slot_watch.h"
#include "engine/core/routing/warm_set.h"

namespace signalbox::control {

class Warmer {
  public:
    struct Parts {
        ports::Clock& clock;
        ports::Network& network;
        ports::Spawner& spawner;
        SlotWatch& slots;  // outlives it
        std::function<std::shared_ptr<const flow::FleetView>()> view;
    };

    explicit Warmer(Parts parts);
    ~Warmer();  // stops

    void start();
    // Coroutines end by themselves.
    void stop();

    // Begins to load, whatever the demand. Error: unavailable (this kind of provider cannot be asked, it is loaded, or
    // it has no room by its own number).
    [[nodiscard]] Result<void> warm(const core::Deployment& deployment);
    // What the answer to a heartbeat of `provider` asks for: upstream names.
    [[nodiscard]] std::vector<std::string> wanted(const std::string& provider) const;

    static constexpr Nanos every = 1s;       // pace of planning
    static constexpr Nanos load_max = 5min;  // a load may take so long

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the coroutines
};

}  // namespace signalbox::control
