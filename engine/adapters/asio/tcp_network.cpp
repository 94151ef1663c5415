#include "engine/adapters/asio/tcp_network.h"

#include "engine/adapters/asio/proxy_tunnel.h"
#include "engine/adapters/asio/tcp_listener.h"
#include "engine/adapters/asio/tls_stream.h"

namespace signalbox::adapters {

Result<std::uint16_t> reserve_port(const ports::Address& address) {
    const auto bound = bind_listener(address, Sharing::exclusive);
    if (!bound) return std::unexpected(bound.error());
    return bound->port;
}

Result<std::unique_ptr<ports::Listener>> TcpNetwork::listen(const ports::ListenOptions& options) {
    SslContextPtr tls;
    if (!options.tls_cert.empty()) {
        auto context = make_server_context(options);
        if (!context) return std::unexpected(context.error());
        tls = *std::move(context);
    }
    auto bound = bind_listener(options.address, Sharing::between_loops);
    if (!bound) return std::unexpected(bound.error());
    return std::make_unique<TcpListener>(*std::move(bound), std::move(tls), reactor_, sweep_, clock_);
}

ports::Task<Result<ports::Stream>> TcpNetwork::connect(const ports::Endpoint& endpoint, Instant deadline) {
    auto reached = co_await reach(endpoint, deadline);
    if (!reached) co_return std::unexpected(reached.error());
    if (!endpoint.tls) {
        (*reached)->expire_at(never);
        co_return ports::Stream(*std::move(reached));
    }
    co_return co_await secure(*std::move(reached), endpoint.address.host);
}

// A byte pipe to the endpoint's own port, by way of the proxy if there is one; the deadline stays set on it.
ports::Task<Result<TcpNetwork::TcpStreamPtr>> TcpNetwork::reach(const ports::Endpoint& endpoint, Instant deadline) {
    if (endpoint.proxy.empty()) co_return co_await open(endpoint.address, deadline);
    const auto proxy = parse_proxy(endpoint.proxy);
    if (!proxy) co_return std::unexpected(proxy.error());
    auto tcp = co_await open(proxy->address, deadline);
    if (!tcp) co_return tcp;
    auto tunnel = co_await open_tunnel(**tcp, *proxy, endpoint.address);
    if (tunnel) co_return tcp;
    const bool late = tunnel.error().code == ErrorCode::io_timeout;
    co_return fail(late ? ErrorCode::connect_timeout : ErrorCode::connect_refused, tunnel.error().detail);
}

// Every address in turn, each with its fair share of the time that is left.
ports::Task<Result<TcpNetwork::TcpStreamPtr>> TcpNetwork::open(const ports::Address& address, Instant deadline) {
    auto addresses = co_await resolver_.resolve(address.host, deadline);
    if (!addresses) co_return std::unexpected(addresses.error());
    Error last{ErrorCode::connect_timeout, address.host};
    auto left = static_cast<std::int64_t>(addresses->size());
    for (const auto& one : *addresses) {
        const Instant now = clock_.now();
        if (now >= deadline) break;
        auto tcp = std::make_unique<TcpStream>(reactor_, sweep_);
        tcp->expire_at(deadline == never ? never : now + (deadline - now) / left--);
        auto connected = co_await tcp->connect({one, address.port});
        tcp->expire_at(deadline);
        if (connected) co_return tcp;
        last = connected.error();
    }
    co_return std::unexpected(last);
}

ports::Task<Result<ports::Stream>> TcpNetwork::secure(TcpStreamPtr tcp, const std::string& host) {
    auto ssl = tls_.start(host);
    if (!ssl) co_return std::unexpected(ssl.error());
    auto stream = std::make_unique<TlsStream>(std::move(tcp), *std::move(ssl));
    auto shaken = co_await stream->handshake();
    if (!shaken) {
        const bool late = shaken.error().code == ErrorCode::io_timeout;
        co_return fail(late ? ErrorCode::connect_timeout : ErrorCode::tls_failed, host + ": " + shaken.error().detail);
    }
    stream->expire_at(never);
    co_return ports::Stream(std::move(stream));
}

}  // namespace signalbox::adapters
