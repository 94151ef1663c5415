// The providers of kind `simulated`: real listeners on loopback, served by engine/sim, and the traffic of the demo.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "engine/adapters/asio/event_loop.h"
#include "engine/adapters/system/os_random.h"
#include "engine/core/config/config.h"
#include "engine/host/demo_traffic.h"
#include "engine/sim/provider.h"

namespace signalbox::host {

// One thread of its own. Called from one thread at a time.
class SimulatedFleet {
  public:
    SimulatedFleet();
    ~SimulatedFleet();
    SimulatedFleet(const SimulatedFleet&) = delete;
    SimulatedFleet& operator=(const SimulatedFleet&) = delete;

    // Starts, changes and stops providers as `config` says, and writes their addresses into its base_urls.
    // Error: a loopback listener could not be made.
    [[nodiscard]] Result<void> adopt(core::Config& config);
    // Sends the demo's requests to the data plane until destroyed.
    void start_traffic(std::uint16_t data_port, const core::Config& config);

  private:
    struct Served {
        std::uint16_t port = 0;
        std::unique_ptr<sim::SimProvider> provider;
    };
    Result<void> adopt_on_loop(core::Config& config);

    adapters::OsRandom random_;
    std::map<std::string, Served> served_;
    std::unique_ptr<DemoTraffic> traffic_;
    adapters::EventLoop loop_;  // coroutines end with it, before what they use
    std::thread thread_;
};

}  // namespace signalbox::host
