// The loops that serve requests: N threads, each with its own io loop, listener, upstream pool and buffers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/log.h"
#include "engine/core/config/config.h"
#include "engine/flow/services.h"

namespace signalbox::host {

// Lives on the thread that started it; what it is given outlives it. Destroying it stops at once.
class DataPlane {
  public:
    struct Parts {
        flow::Router& router;
        ports::Journal& journal;
        flow::Gauges& gauges;
        Log& log;
    };

    // Errors: address_in_use, invalid_argument (address, TLS files), permission_denied.
    [[nodiscard]] static Result<std::unique_ptr<DataPlane>> start(const core::GatewayConfig& config, Parts parts);
    ~DataPlane();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Takes no new request and returns when those under way are done, or after `patience`. True: all were done.
    bool drain(Nanos patience);

  private:
    struct Loop;
    DataPlane(Parts parts);

    Parts parts_;
    std::uint16_t port_ = 0;
    std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace signalbox::host
