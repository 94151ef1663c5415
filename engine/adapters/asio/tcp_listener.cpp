#include "engine/adapters/asio/tcp_listener.h"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/adapters/asio/host_port.h"
#include "engine/adapters/asio/tls_stream.h"

namespace signalbox::adapters {

namespace net = boost::asio;
using net::ip::tcp;
using SystemError = boost::system::error_code;

namespace {

constexpr int backlog = 4096;
constexpr Nanos error_pause = 100ms;  // out of descriptors: trying again at once would only spin

Error bind_error(const SystemError& error, const ports::Address& address) {
    const auto detail = host_port(address.host, address.port) + ": " + error.message();
    if (error == net::error::address_in_use) return {ErrorCode::address_in_use, detail};
    if (error == net::error::access_denied) return {ErrorCode::permission_denied, detail};
    return {ErrorCode::invalid_argument, detail};
}

}  // namespace

Result<Acceptor> bind_acceptor(net::io_context& io, const ports::Address& address, Sharing sharing) {
    SystemError error;
    const auto host = net::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
    if (error) return std::unexpected(bind_error(error, address));
    const tcp::endpoint endpoint(host, address.port);
    Acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    if (error) return std::unexpected(bind_error(error, address));
    acceptor.set_option(net::socket_base::reuse_address(true), error);
    const int on = 1;
    if (sharing == Sharing::between_loops)
        ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    acceptor.bind(endpoint, error);
    if (!error && sharing == Sharing::between_loops) acceptor.listen(backlog, error);
    if (error) return std::unexpected(bind_error(error, address));
    return acceptor;
}

TcpListener::TcpListener(Acceptor acceptor, SslContextPtr tls, StreamSweep& sweep, ports::Clock& clock)
    : acceptor_(std::move(acceptor)),
      tls_(std::move(tls)),
      sweep_(sweep),
      clock_(clock),
      closed_(clock.make_alarm()),
      port_(acceptor_.local_endpoint().port()) {}

ports::Task<Result<ports::Stream>> TcpListener::accept() {
    while (acceptor_.is_open()) {
        SystemError error;
        tcp::endpoint peer;
        Socket socket(acceptor_.get_executor());
        co_await acceptor_.async_accept(socket, peer, net::redirect_error(net::use_awaitable, error));
        if (!acceptor_.is_open()) break;
        if (!error) co_return make_stream(std::move(socket), peer);
        const bool peers_fault = error == net::error::connection_aborted || error == net::error::connection_reset;
        if (!peers_fault) co_await closed_->wait_until(clock_.now() + error_pause);
    }
    co_return fail(ErrorCode::io_cancelled, "the listener was closed");
}

ports::Stream TcpListener::make_stream(Socket socket, const tcp::endpoint& peer) {
    auto tcp = std::make_unique<TcpStream>(std::move(socket), sweep_);
    tcp->set_peer(peer);
    if (!tls_) return tcp;
    SslPtr ssl(SSL_new(tls_.get()));
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(tcp), std::move(ssl));
}

void TcpListener::close() {
    SystemError ignored;
    acceptor_.close(ignored);
    closed_->ring();
}

}  // namespace signalbox::adapters
