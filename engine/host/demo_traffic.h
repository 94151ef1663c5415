// The clients of the demo: a believable mix of models, accounts, streams and the odd mistake, a few requests a second.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/config/config.h"
#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/random.h"
#include "engine/ports/spawner.h"

namespace signalbox::host {

// Loop thread only. Destroying it lets requests under way end by themselves and starts no more.
class DemoTraffic {
  public:
    struct Ports {
        ports::Clock& clock;
        ports::Spawner& spawner;
        ports::Network& network;
        ports::Random& random;
    };

    DemoTraffic(Ports ports, std::uint16_t data_port, const core::Config& config);
    ~DemoTraffic();
    void start();

    struct State;  // shared with the requests under way

  private:
    std::shared_ptr<State> state_;
};

}  // namespace signalbox::host
