// A plain TCP connection as a ByteStream.
//
// No timer per operation (see StreamSweep), no allocation of its own per read or write, one system call per write.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "engine/adapters/asio/stream_sweep.h"
#include "engine/ports/network.h"

namespace signalbox::adapters {

// The concrete executor spares the type-erased one's indirection in every operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class TcpStream final : public ports::ByteStream, private SweptStream {
  public:
    // `socket` is connected, or about to be by connect().
    TcpStream(Socket socket, StreamSweep& sweep) : socket_(std::move(socket)), sweep_(sweep) {}

    // Errors: connect_refused, connect_timeout (expire_at passed), io_cancelled.
    ports::Task<Result<void>> connect(boost::asio::ip::tcp::endpoint to);
    // Must be called once the socket is connected.
    void set_peer(const boost::asio::ip::tcp::endpoint& peer);
    // Sends what the kernel takes at once and forgets the rest: for a farewell nobody waits for.
    void send_at_once(std::string_view bytes);

    ports::Task<Result<std::size_t>> read_some(std::span<char> into) override;
    ports::Task<Result<void>> write(std::span<const std::string_view> pieces) override;
    void expire_at(Instant when) override;
    void watch_peer(ports::PeerGone* watcher) override;
    void abort() override;
    [[nodiscard]] bool reusable() override;
    [[nodiscard]] std::string_view peer() const override { return peer_; }

  private:
    void on_expired() override;
    void on_peer_gone() override;
    [[nodiscard]] int descriptor() const override;
    // What every operation fails with from now on, if anything.
    [[nodiscard]] std::optional<ErrorCode> stopped() const;
    [[nodiscard]] Error to_error(const boost::system::error_code& error);

    mutable Socket socket_;  // native_handle() is not const
    StreamSweep& sweep_;
    ports::PeerGone* watcher_ = nullptr;
    std::string peer_;
    bool expired_ = false;
    bool aborted_ = false;
    bool ended_ = false;        // the peer's clean end was read; the reactor tells it only once
    bool reset_ = false;        // an operation failed because the connection was reset
    bool more_likely_ = false;  // the last read filled its buffer
};

}  // namespace signalbox::adapters
