// Serves a Backend as the Connect protocol over HTTP/1.1, with /metrics and /health/liveliness beside it.
//
// Unary: POST /signalbox.v1.ControlService/Method, application/json or application/proto. Streams:
// application/connect+json or +proto. No CORS headers are ever sent: web pages have no business here.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/log.h"
#include "engine/control/access_list.h"
#include "engine/control/backend.h"
#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/spawner.h"

namespace signalbox::control {

struct ServerState;

struct ServerParts {
    Backend& backend;
    ports::Spawner& loop;
    ports::Clock& clock;
    Log& log;
    std::function<std::string()> metrics;  // the body of GET /metrics; control loop
};

// Control loop only. The parts outlive every coroutine of the loop. After stop() the coroutines end by themselves; the
// server may be destroyed at once.
class ConnectServer {
  public:
    ConnectServer(ServerParts parts, AccessListPtr access);
    ~ConnectServer();
    ConnectServer(const ConnectServer&) = delete;
    ConnectServer& operator=(const ConnectServer&) = delete;

    void start(std::unique_ptr<ports::Listener> listener);
    // Later requests are judged by it; streams that run go on.
    void set_access(AccessListPtr access);
    // Closes the listener and aborts every connection.
    void stop();
    [[nodiscard]] std::size_t connections() const;

  private:
    std::shared_ptr<ServerState> state_;
};

}  // namespace signalbox::control
