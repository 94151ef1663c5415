#include "engine/adapters/asio/tcp_listener.h"

#include <sys/socket.h>

#include "engine/adapters/asio/host_port.h"
#include "engine/adapters/asio/tls_stream.h"
#include "engine/base/check.h"

namespace signalbox::adapters {

namespace net = boost::asio;
using net::ip::tcp;
using SystemError = boost::system::error_code;

namespace {

constexpr int backlog = 4096;
constexpr Nanos error_pause = 100ms;  // out of descriptors: trying again at once would only spin

SystemError last_error() {
    return {errno, boost::system::system_category()};
}

Error bind_error(const SystemError& error, const ports::Address& address) {
    const auto detail = host_port(address.host, address.port) + ": " + error.message();
    if (error == net::error::address_in_use) return {ErrorCode::address_in_use, detail};
    if (error == net::error::access_denied) return {ErrorCode::permission_denied, detail};
    return {ErrorCode::invalid_argument, detail};
}

void switch_on(int descriptor, int option) {
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, option, &on, sizeof on);
}

}  // namespace

Result<BoundSocket> bind_listener(const ports::Address& address, Sharing sharing) {
    SystemError error;
    const auto host = net::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
    if (error) return std::unexpected(bind_error(error, address));
    tcp::endpoint endpoint(host, address.port);
    BoundSocket bound;
    bound.descriptor =
        Descriptor(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int number = bound.descriptor.get();
    switch_on(number, SO_REUSEADDR);
    if (sharing == Sharing::between_loops) switch_on(number, SO_REUSEPORT);
    bool done = ::bind(number, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
    if (done && sharing == Sharing::between_loops) done = ::listen(number, backlog) == 0;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    done = done && ::getsockname(number, endpoint.data(), &size) == 0;
    if (!done) return std::unexpected(bind_error(last_error(), address));
    bound.port = endpoint.port();
    return bound;
}

TcpListener::TcpListener(BoundSocket bound, SslContextPtr tls, Reactor& reactor, StreamSweep& sweep,
                         ports::Clock& clock)
    : reactor_(reactor),
      socket_(reactor),
      tls_(std::move(tls)),
      sweep_(sweep),
      clock_(clock),
      closed_(clock.make_alarm()),
      port_(bound.port) {
    SB_CHECK(socket_.open(std::move(bound.descriptor)));
}

ports::Task<Result<ports::Stream>> TcpListener::accept() {
    while (socket_.get() >= 0) {
        tcp::endpoint peer;
        auto size = static_cast<socklen_t>(peer.capacity());
        Descriptor accepted(::accept4(socket_.get(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        const SystemError error = last_error();
        if (accepted.get() >= 0) {
            ports::Stream stream = make_stream(std::move(accepted), peer);
            if (stream) co_return stream;
        } else if (error == net::error::would_block) {
            co_await socket_.wait_to_read();
            continue;
        }
        const bool peers_fault = error == net::error::connection_aborted || error == net::error::connection_reset ||
                                 error == net::error::interrupted;
        if (!peers_fault) co_await closed_->wait_until(clock_.now() + error_pause);
    }
    co_return fail(ErrorCode::io_cancelled, "the listener was closed");
}

ports::Stream TcpListener::make_stream(Descriptor descriptor, const tcp::endpoint& peer) {
    auto tcp = std::make_unique<TcpStream>(reactor_, sweep_);
    if (!tcp->take(std::move(descriptor), peer)) return nullptr;
    if (!tls_) return tcp;
    SslPtr ssl(SSL_new(tls_.get()));
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(tcp), std::move(ssl));
}

void TcpListener::close() {
    socket_.close();
    closed_->ring();
}

}  // namespace signalbox::adapters
