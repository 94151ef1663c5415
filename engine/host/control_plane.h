// The control thread: service, Connect server and meter around one data plane.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/api/gateway.h"
#include "engine/control/config_reload.h"
#include "engine/flow/services.h"

namespace signalbox::host {

// Lives on the thread that started it; what it is given outlives it.
class ControlPlane {
  public:
    struct Parts {
        flow::Router& router;
        flow::Gauges& gauges;
        ports::Journal& journal;
        ports::Store& store;
        Log& log;
        core::ConfigPtr config;  // as started
        std::string config_path, data_dir;
        control::ConfigParts reload;
    };

    // Takes the port; nothing is answered before serve(). Errors: as of Network::listen.
    [[nodiscard]] static Result<std::unique_ptr<ControlPlane>> start(Parts parts);
    ~ControlPlane();
    // Restores the overrides and serves; call it once, before the data plane's port is told to anybody. The URLs are
    // what Info answers. Error: store_failed.
    [[nodiscard]] Result<void> serve(std::string data_url, std::string control_url);

    // Where the data plane hands its finished requests.
    [[nodiscard]] ports::Journal& journal();
    // After serve().
    [[nodiscard]] std::shared_ptr<api::Gateway> gateway() const;
    [[nodiscard]] std::uint16_t port() const;
    // Any thread; returns at once.
    void reload(control::ConfigText text);

  private:
    struct State;
    explicit ControlPlane(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
    std::unique_ptr<ports::Listener> listener_;  // until serve()
};

}  // namespace signalbox::host
