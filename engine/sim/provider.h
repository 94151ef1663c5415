// A scripted OpenAI-compatible upstream: chat, completions, embeddings, images and the model list, over any Network.
//
// The demo fleet, the built-in provider of kind `simulated`, and every test's upstream are this one. It answers any
// key but the one it was told to refuse. Loop thread only. The script may change at any time; requests that begin later
// follow it.
//
// A request without a prompt costs nothing: 400 from a provider that works, 404 and 401 from one whose fault that is.
// GET /state tells the state of the machine, POST /state/load {"model":"x"} makes it load a model (202; 503: it does
// not fit). A request for a cold model loads it and waits; one that does not fit is told 503.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/random.h"
#include "engine/ports/spawner.h"
#include "engine/sim/provider_memory.h"

namespace signalbox::sim {

struct ProviderCounters {
    std::uint64_t connections = 0, requests = 0, faults = 0, tokens = 0;
    std::uint64_t checks = 0;                           // of `requests`, those that asked for nothing to be generated
    std::uint64_t abandoned = 0;                        // the client left before the end
    std::uint64_t input_tokens = 0, output_tokens = 0;  // of answers told to the end
    int under_way = 0;                                  // answers that hold a slot
    int waiting = 0;                                    // requests without one
};

// Connections outlive the object by as long as they take to notice; what `Ports` refers to outlives them.
class SimProvider {
  public:
    struct Ports {
        ports::Clock& clock;
        ports::Spawner& spawner;
        ports::Random& random;
    };

    SimProvider(Ports ports, ProviderScript script);
    ~SimProvider();  // stops

    // Serves what connects. May be called for several listeners.
    void serve(std::unique_ptr<ports::Listener> listener);
    // Closes the listeners and resets every connection: the process was killed.
    void stop();

    void set_script(ProviderScript script);
    [[nodiscard]] const ProviderScript& script() const;
    [[nodiscard]] const ProviderCounters& counters() const;
    [[nodiscard]] const ProviderMemory& memory() const;

    struct State;  // shared with the connections

  private:
    std::shared_ptr<State> state_;
};

}  // namespace signalbox::sim
