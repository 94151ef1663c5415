#include "engine/control/connect_server.h"

#include <vector>

#include "engine/base/limits.h"
#include "engine/control/connect_connection.h"

namespace signalbox::control {
namespace {

constexpr Nanos accept_pause = 100ms;  // after an accept that failed, e.g. for want of file descriptors

ports::Task<void> accept_all(std::shared_ptr<ServerState> state, std::shared_ptr<ports::Listener> listener) {
    const auto alarm = state->parts.clock.make_alarm();
    while (!state->stopping) {
        auto stream = co_await listener->accept();
        if (!stream) {
            if (stream.error().code == ErrorCode::io_cancelled) break;
            state->parts.log.write(LogLevel::warn, "control_accept_failed", {{"detail", stream.error().detail}});
            const bool rung = co_await alarm->wait_until(after(state->parts.clock.now(), accept_pause));
            static_cast<void>(rung);
            continue;
        }
        // Beyond the limit the newcomer is closed: whoever is connected keeps working.
        if (state->stopping || state->connections.size() >= limits::control_connections_max) continue;
        auto connection = std::make_shared<Connection>(state, std::move(*stream));
        state->parts.loop.spawn("control connection", Connection::serve(std::move(connection)));
    }
}

}  // namespace

ConnectServer::ConnectServer(ServerParts parts, AccessListPtr access)
    : state_(std::make_shared<ServerState>(ServerState{std::move(parts), std::move(access), nullptr, {}})) {}

ConnectServer::~ConnectServer() {
    stop();
}

void ConnectServer::start(std::unique_ptr<ports::Listener> listener) {
    state_->listener = std::move(listener);
    state_->parts.loop.spawn("control listener", accept_all(state_, state_->listener));
}

void ConnectServer::set_access(AccessListPtr access) {
    state_->access = std::move(access);
}

void ConnectServer::stop() {
    if (std::exchange(state_->stopping, true)) return;
    if (state_->listener) state_->listener->close();
    for (Connection* connection : state_->connections) connection->stop();
}

std::size_t ConnectServer::connections() const {
    return state_->connections.size();
}

}  // namespace signalbox::control
