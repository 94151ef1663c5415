// TLS over a TcpStream. OpenSSL sees memory only; bytes travel by the TcpStream, so deadlines, abort and the peer watch
// are the ones of the plain connection.
//
// The handshake runs inside the first operation (client: inside Network::connect), under the deadline set then. The
// first operation must have returned before another starts. A peer that ends without close_notify was cut off:
// io_reset.
#pragma once

#include <vector>

#include "engine/adapters/asio/tcp_stream.h"
#include "engine/adapters/asio/tls_context.h"

namespace signalbox::adapters {

class TlsStream final : public ports::ByteStream {
  public:
    // `ssl` is set to connect or to accept.
    TlsStream(std::unique_ptr<TcpStream> tcp, SslPtr ssl);
    ~TlsStream() override;  // says close_notify, without waiting

    // Error: tls_failed, or the connection's own.
    ports::Task<Result<void>> handshake();

    ports::Task<void> until_readable() override;
    ports::Task<Result<std::size_t>> read_some(std::span<char> into) override;
    ports::Task<Result<void>> write(std::span<const std::string_view> pieces) override;
    void expire_at(Instant when) override { tcp_->expire_at(when); }
    void watch_peer(ports::PeerGone* watcher) override { tcp_->watch_peer(watcher); }
    void abort() override;
    [[nodiscard]] bool reusable() override;
    [[nodiscard]] std::string_view peer() const override { return tcp_->peer(); }

  private:
    // Ciphertext from the peer into OpenSSL; io_reset at the connection's end.
    ports::Task<Result<void>> fetch();
    // Everything OpenSSL wants sent.
    ports::Task<Result<void>> flush();
    void encrypt(std::string_view plain);
    [[nodiscard]] std::vector<char> take_output();

    std::unique_ptr<TcpStream> tcp_;
    SslPtr ssl_;
    bool ready_ = false;
    bool broken_ = false;  // no close_notify may follow a fatal error
};

}  // namespace signalbox::adapters
