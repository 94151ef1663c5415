// Network over the kernel's sockets. One per loop, on its thread only.
#pragma once

#include "engine/adapters/asio/resolver.h"
#include "engine/adapters/asio/tcp_stream.h"
#include "engine/adapters/asio/tls_context.h"
#include "engine/ports/network.h"

namespace signalbox::adapters {

// A port that is free for us, picked when 0 is asked for. Call once for every listening address, before the loops
// start: listeners share their port between loops (SO_REUSEPORT), so without this a second gateway of the same user
// would take half of the connections and nobody would notice. Errors: address_in_use, invalid_argument,
// permission_denied.
[[nodiscard]] Result<std::uint16_t> reserve_port(const ports::Address& address);

class TcpNetwork final : public ports::Network {
  public:
    TcpNetwork(Reactor& reactor, StreamSweep& sweep, ports::Clock& clock, ports::Spawner& spawner)
        : reactor_(reactor), sweep_(sweep), clock_(clock), resolver_(clock, spawner) {}

    // `options.address.host` is numeric or "localhost".
    Result<std::unique_ptr<ports::Listener>> listen(const ports::ListenOptions& options) override;
    // Through a proxy both plain and TLS endpoints use CONNECT.
    ports::Task<Result<ports::Stream>> connect(const ports::Endpoint& endpoint, Instant deadline) override;

  private:
    using TcpStreamPtr = std::unique_ptr<TcpStream>;

    ports::Task<Result<TcpStreamPtr>> reach(const ports::Endpoint& endpoint, Instant deadline);
    ports::Task<Result<TcpStreamPtr>> open(const ports::Address& address, Instant deadline);
    ports::Task<Result<ports::Stream>> secure(TcpStreamPtr tcp, const std::string& host);

    Reactor& reactor_;
    StreamSweep& sweep_;
    ports::Clock& clock_;
    Resolver resolver_;
    TlsClient tls_;
};

}  // namespace signalbox::adapters
