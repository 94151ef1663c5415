// One whole gateway in this process: configuration, store, decision state, data plane and control plane, wired and
// owned.
//
// Threads: one per data loop, one for control, one for the store's writer, one for simulated providers if there are
// any.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/gateway.h"
#include "engine/base/log.h"
#include "engine/core/config/config.h"

namespace signalbox::host {

struct HostOptions {
    std::optional<std::string> config_path;         // --config; otherwise searched for, and without one the demo
    bool demo = false;                              // the demo even where a configuration exists
    std::string data_dir;                           // overrides the configuration's; empty: its own
    std::optional<core::HostPort> listen, control;  // override the configuration's
};

// Why a gateway did not start: the process's exit code and a line for each thing that is wrong.
struct StartFailure {
    static constexpr int configuration = 3, address = 4, data_dir = 5;
    int exit_code = 1;
    std::vector<std::string> lines;
};

class GatewayHost {
  public:
    // Blocks until it serves. `log` outlives the host.
    [[nodiscard]] static std::expected<std::unique_ptr<GatewayHost>, StartFailure> start(const HostOptions& options,
                                                                                         Log& log);
    // Checks what start() would load. No failure: nothing to complain about; the fields that are set and have no effect
    // in this version.
    [[nodiscard]] static std::expected<std::vector<std::string>, StartFailure> check(const HostOptions& options);
    // Stops at once; drain() first for a graceful end.
    ~GatewayHost();

    // The control API, in process; replies come on the control thread. Unavailable once the host is gone.
    [[nodiscard]] std::shared_ptr<api::Gateway> gateway() const;
    [[nodiscard]] std::string data_url() const;     // "http://127.0.0.1:8080/v1"
    [[nodiscard]] std::string control_url() const;  // "http://127.0.0.1:8081"
    [[nodiscard]] bool demo() const;
    [[nodiscard]] std::optional<std::string> config_path() const;  // none: demo

    // Re-reads the configuration file and applies it if it is good; returns at once. The outcome is an event.
    void reload();
    // The same when the file has changed since it was last looked at. Cheap; call it about once a second.
    void reload_if_changed();
    // Takes no new request; returns when those under way are done or the configured `drain` has passed. True: all done.
    bool drain();

  private:
    struct Parts;
    explicit GatewayHost(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace signalbox::host
