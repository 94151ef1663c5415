// A plain TCP connection as a ByteStream.
//
// No timer per operation (see StreamSweep), and no system call that has nothing to do (see Reactor): one for each read
// and each write.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "engine/adapters/asio/reactor.h"
#include "engine/adapters/asio/stream_sweep.h"
#include "engine/ports/network.h"

namespace signalbox::adapters {

class TcpStream final : public ports::ByteStream, private SweptStream {
  public:
    // Becomes one by connect() or take().
    TcpStream(Reactor& reactor, StreamSweep& sweep) : reactor_(reactor), socket_(reactor), sweep_(sweep) {}

    // Errors: connect_refused, connect_timeout (expire_at passed), io_cancelled.
    ports::Task<Result<void>> connect(boost::asio::ip::tcp::endpoint to);
    // A connection that was accepted. False: it cannot be watched.
    [[nodiscard]] bool take(Descriptor descriptor, const boost::asio::ip::tcp::endpoint& peer);
    // Sends what the kernel takes at once and forgets the rest: for a farewell nobody waits for.
    void send_at_once(std::string_view bytes);

    ports::Task<void> until_readable() override;
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
    [[nodiscard]] int descriptor() const override { return socket_.get(); }
    void set_peer(const boost::asio::ip::tcp::endpoint& peer);
    // What every operation fails with from now on, if anything.
    [[nodiscard]] std::optional<ErrorCode> stopped() const;
    [[nodiscard]] Error to_error(int error);

    Reactor& reactor_;
    Polled socket_;
    StreamSweep& sweep_;
    ports::PeerGone* watcher_ = nullptr;
    std::string peer_;
    bool expired_ = false;
    bool aborted_ = false;
    bool ended_ = false;  // the peer's clean end was read
    bool reset_ = false;  // an operation failed because the connection was reset
};

}  // namespace signalbox::adapters
