// Accepting connections.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>

#include "engine/adapters/asio/tcp_stream.h"
#include "engine/adapters/asio/tls_context.h"
#include "engine/ports/clock.h"

namespace signalbox::adapters {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

enum class Sharing : std::uint8_t { exclusive, between_loops };

// Bound, not yet listening. Errors: address_in_use, invalid_argument, permission_denied.
[[nodiscard]] Result<Acceptor> bind_acceptor(boost::asio::io_context& io, const ports::Address& address,
                                             Sharing sharing);

// A TLS connection is handed out before its handshake, so that a slow peer cannot hold up the others.
class TcpListener final : public ports::Listener {
  public:
    TcpListener(Acceptor acceptor, SslContextPtr tls, StreamSweep& sweep, ports::Clock& clock);

    ports::Task<Result<ports::Stream>> accept() override;
    void close() override;
    [[nodiscard]] std::uint16_t port() const override { return port_; }

  private:
    [[nodiscard]] ports::Stream make_stream(Socket socket, const boost::asio::ip::tcp::endpoint& peer);

    Acceptor acceptor_;
    SslContextPtr tls_;  // null: plain
    StreamSweep& sweep_;
    ports::Clock& clock_;
    std::shared_ptr<ports::Alarm> closed_;  // ends the pause after an error
    std::uint16_t port_;
};

}  // namespace signalbox::adapters
