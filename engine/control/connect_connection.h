// One client of the control server, from its first request to its last. Internal to connect_server.
#pragma once

#include <memory>
#include <set>

#include "engine/control/connect_codec.h"
#include "engine/control/connect_server.h"
#include "engine/control/http_exchange.h"

namespace signalbox::control {

class Connection;

// Shared by the server and its connections.
struct ServerState {
    ServerParts parts;
    AccessListPtr access;
    std::shared_ptr<ports::Listener> listener;
    std::set<Connection*> connections;
    bool stopping = false;
};

class Connection final : public ports::PeerGone {
  public:
    Connection(std::shared_ptr<ServerState> state, ports::Stream stream);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Ends when the client leaves, breaks the rules, or the server stops.
    [[nodiscard]] static ports::Task<void> serve(std::shared_ptr<Connection> self);
    void stop();

  private:
    struct Call;
    void peer_gone() override;
    [[nodiscard]] ports::Task<Result<void>> respond(const HttpRequest& request);
    [[nodiscard]] ports::Task<Result<void>> respond_unary(const HttpRequest& request, const Call& call);
    [[nodiscard]] ports::Task<Result<void>> respond_stream(const HttpRequest& request, const Call& call);
    [[nodiscard]] ports::Task<Result<void>> pump(struct StreamFeed& feed, Encoding encoding);
    [[nodiscard]] ports::Task<Result<void>> refuse(const HttpRequest& request, api::Failure failure);

    std::shared_ptr<ServerState> state_;
    ports::Stream stream_;
    HttpExchange http_;
    std::shared_ptr<ports::Alarm> alarm_;  // rung by answers, stream messages, the peer's going and stop()
    bool gone_ = false;
};

}  // namespace signalbox::control
