// Reads the state of one inference server, in whatever way its kind tells it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/control/http_probe.h"
#include "engine/control/slot_reports.h"
#include "engine/core/config/config.h"
#include "engine/ports/clock.h"

namespace signalbox::control {

// What to ask, and whom.
struct StateQuestion {
    core::ProviderKind kind = core::ProviderKind::openai;
    flow::UpstreamAddress address;
    std::vector<std::string> models;  // upstream names we know there
    bool in_use = false;              // requests of ours are there
};

struct StateReading {
    std::vector<ModelReport> reports;
    bool one_model = false;  // the server serves one, whatever its name
};

// One server's; control loop only. At most one read() at a time.
class StateSource {
  public:
    StateSource(ports::Network& network, const ports::Clock& clock) : network_(network), clock_(clock) {}

    // Has this kind of server a state to read?
    [[nodiscard]] static bool tells(core::ProviderKind kind);
    // All its questions together end within limits::slot_poll_max. Errors: those of http_probe(), unavailable (another
    // status than 200), upstream_malformed.
    [[nodiscard]] ports::Task<Result<StateReading>> read(StateQuestion question);

  private:
    using Body = Result<std::string>;
    ports::Task<Body> ask(ProbeRequest request);
    ports::Task<Body> get(std::string path);
    ports::Task<Result<StateReading>> read_ollama();
    ports::Task<void> look_into_models(const protocol::ModelStates& installed);
    ports::Task<Result<StateReading>> read_llamacpp();
    ports::Task<Result<protocol::ModelState>> read_llamacpp_alone();
    ports::Task<void> count_busy(protocol::ModelState& state, std::string path);
    ports::Task<Result<StateReading>> read_models(std::string path,
                                                  Result<protocol::ModelStates> (*parse)(std::string_view));
    ports::Task<Result<StateReading>> read_simulated();
    [[nodiscard]] StateReading reading_of(const protocol::ModelStates& states, std::string path) const;
    [[nodiscard]] Moment at() const { return {clock_.now(), clock_.wall()}; }

    ports::Network& network_;
    const ports::Clock& clock_;
    StateQuestion question_;  // the present one
    std::string root_;
    Instant deadline_{};
    std::map<std::string, std::int64_t> kv_bytes_;  // per token, by Ollama's name; 0: its metadata does not tell
};

}  // namespace signalbox::control
