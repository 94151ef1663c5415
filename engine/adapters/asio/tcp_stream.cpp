#include "engine/adapters/asio/tcp_stream.h"

#include <algorithm>
#include <array>

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/adapters/asio/host_port.h"

namespace signalbox::adapters {

namespace net = boost::asio;
using net::ip::tcp;
using SystemError = boost::system::error_code;

namespace {

// The pieces of one write that still have to be sent, as system calls want them.
class Gather {
  public:
    explicit Gather(std::span<const std::string_view> pieces) : pieces_(pieces) { skip_sent(); }
    [[nodiscard]] bool done() const { return pieces_.empty(); }

    // Bytes taken by the kernel, or -1 with errno.
    ssize_t send(int descriptor) {
        std::array<iovec, batch> parts;
        const std::size_t count = std::min(batch, pieces_.size());
        for (std::size_t i = 0; i < count; ++i) {
            const auto piece = i == 0 ? pieces_[i].substr(sent_) : pieces_[i];
            parts[i] = {const_cast<char*>(piece.data()), piece.size()};
        }
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = count;
        const ssize_t taken = ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken > 0) advance(static_cast<std::size_t>(taken));
        return taken;
    }

  private:
    static constexpr std::size_t batch = 16;

    void advance(std::size_t taken) {
        sent_ += taken;
        skip_sent();
    }
    void skip_sent() {
        while (!pieces_.empty() && sent_ >= pieces_.front().size()) {
            sent_ -= pieces_.front().size();
            pieces_ = pieces_.subspan(1);
        }
    }

    std::span<const std::string_view> pieces_;
    std::size_t sent_ = 0;  // of the first piece
};

std::size_t receive_now(int descriptor, std::span<char> into, SystemError& error) {
    const ssize_t got = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0)
        error = {};
    else if (got == 0)
        error = net::error::eof;
    else
        error = SystemError(errno, boost::system::system_category());
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

}  // namespace

ports::Task<Result<void>> TcpStream::connect(tcp::endpoint to) {
    SystemError error;
    co_await socket_.async_connect(to, net::redirect_error(net::use_awaitable, error));
    if (aborted_) co_return fail(ErrorCode::io_cancelled);
    set_peer(to);
    if (expired_) co_return fail(ErrorCode::connect_timeout, peer_);
    if (error) co_return fail(ErrorCode::connect_refused, peer_ + ": " + error.message());
    co_return Result<void>{};
}

void TcpStream::set_peer(const tcp::endpoint& peer) {
    peer_ = host_port(peer.address().to_string(), peer.port());
    SystemError ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
}

ports::Task<Result<std::size_t>> TcpStream::read_some(std::span<char> into) {
    if (const auto code = stopped()) co_return fail(*code);
    if (ended_) co_return std::size_t{0};
    SystemError error = net::error::would_block;
    std::size_t got = 0;
    if (more_likely_) got = receive_now(descriptor(), into, error);
    if (error == net::error::would_block) {
        // Tries once by itself before it waits.
        const auto buffer = net::buffer(into.data(), into.size());
        got = co_await socket_.async_read_some(buffer, net::redirect_error(net::use_awaitable, error));
    }
    more_likely_ = !error && got == into.size();
    ended_ = error == net::error::eof && !reset_;
    if (error && !ended_) co_return std::unexpected(to_error(error));
    co_return got;
}

ports::Task<Result<void>> TcpStream::write(std::span<const std::string_view> pieces) {
    Gather gather(pieces);
    // Everything that is ready is read before anything is sent: sending in bursts wakes each peer once for many answers
    // instead of once for each, which under load is a fifth of a small request's cost.
    co_await net::post(socket_.get_executor(), net::use_awaitable);
    while (!gather.done()) {
        if (const auto code = stopped()) co_return fail(*code);
        if (gather.send(descriptor()) >= 0) continue;
        SystemError error(errno, boost::system::system_category());
        if (error == net::error::interrupted) continue;
        if (error == net::error::would_block || error == net::error::try_again)
            co_await socket_.async_wait(Socket::wait_write, net::redirect_error(net::use_awaitable, error));
        if (error) co_return std::unexpected(to_error(error));
    }
    co_return Result<void>{};
}

void TcpStream::expire_at(Instant when) {
    expired_ = false;
    sweep_.set_deadline(*this, when);
}

void TcpStream::watch_peer(ports::PeerGone* watcher) {
    watcher_ = watcher;
    sweep_.set_watched(*this, watcher != nullptr);
}

void TcpStream::abort() {
    aborted_ = true;
    SystemError ignored;
    socket_.set_option(net::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

bool TcpStream::reusable() {
    if (stopped()) return false;
    char unasked = 0;
    const ssize_t got = ::recv(descriptor(), &unasked, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void TcpStream::send_at_once(std::string_view bytes) {
    if (descriptor() >= 0) (void)::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void TcpStream::on_expired() {
    expired_ = true;
    SystemError ignored;
    socket_.cancel(ignored);
}

void TcpStream::on_peer_gone() {
    if (auto* watcher = std::exchange(watcher_, nullptr)) watcher->peer_gone();
}

int TcpStream::descriptor() const {
    return socket_.is_open() ? socket_.native_handle() : -1;
}

std::optional<ErrorCode> TcpStream::stopped() const {
    if (aborted_) return ErrorCode::io_cancelled;
    if (expired_) return ErrorCode::io_timeout;
    return std::nullopt;
}

// The kernel tells a reset to the first who asks and shows later ones a clean end, so it is remembered.
Error TcpStream::to_error(const SystemError& error) {
    if (const auto code = stopped()) return {*code, {}};
    reset_ = reset_ || error == net::error::connection_reset || error == net::error::broken_pipe ||
             error == net::error::connection_aborted || error == net::error::timed_out;
    return {reset_ ? ErrorCode::io_reset : ErrorCode::io_closed, error.message()};
}

}  // namespace signalbox::adapters
