// Accepting connections.
#pragma once

#include "engine/adapters/asio/tcp_stream.h"
#include "engine/adapters/asio/tls_context.h"
#include "engine/ports/clock.h"

namespace signalbox::adapters {

enum class Sharing : std::uint8_t { exclusive, between_loops };

struct BoundSocket {
    Descriptor descriptor;
    std::uint16_t port = 0;
};

// Listening if it shares its port. Errors: address_in_use, invalid_argument, permission_denied.
[[nodiscard]] Result<BoundSocket> bind_listener(const ports::Address& address, Sharing sharing);

// A TLS connection is handed out before its handshake, so that a slow peer cannot hold up the others.
class TcpListener final : public ports::Listener {
  public:
    TcpListener(BoundSocket bound, SslContextPtr tls, Reactor& reactor, StreamSweep& sweep, ports::Clock& clock);

    ports::Task<Result<ports::Stream>> accept() override;
    void close() override;
    [[nodiscard]] std::uint16_t port() const override { return port_; }

  private:
    // Null: the connection cannot be watched.
    [[nodiscard]] ports::Stream make_stream(Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer);

    Reactor& reactor_;
    Polled socket_;
    SslContextPtr tls_;  // null: plain
    StreamSweep& sweep_;
    ports::Clock& clock_;
    std::shared_ptr<ports::Alarm> closed_;  // ends the pause after an error
    std::uint16_t port_;
};

}  // namespace signalbox::adapters
