#include "engine/adapters/asio/tcp_stream.h"

#include <algorithm>
#include <array>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "engine/adapters/asio/host_port.h"

namespace signalbox::adapters {

using boost::asio::ip::tcp;

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

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

int pending_error(int descriptor) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::string message_of(int error) {
    return boost::system::system_category().message(error);
}

}  // namespace

ports::Task<Result<void>> TcpStream::connect(tcp::endpoint to) {
    Descriptor own(::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    int error = ::connect(own.get(), to.data(), static_cast<socklen_t>(to.size())) == 0 ? 0 : errno;
    const bool begun = error == 0 || error == EINPROGRESS;
    if (begun && !socket_.open(std::move(own))) error = errno;
    if (error == EINPROGRESS) {
        co_await socket_.wait_to_write();
        error = stopped() ? 0 : pending_error(descriptor());
    }
    if (aborted_) co_return fail(ErrorCode::io_cancelled);
    set_peer(to);
    if (expired_) co_return fail(ErrorCode::connect_timeout, peer_);
    if (error != 0) co_return fail(ErrorCode::connect_refused, peer_ + ": " + message_of(error));
    co_return Result<void>{};
}

bool TcpStream::take(Descriptor descriptor, const tcp::endpoint& peer) {
    if (!socket_.open(std::move(descriptor))) return false;
    set_peer(peer);
    return true;
}

void TcpStream::set_peer(const tcp::endpoint& peer) {
    peer_ = host_port(peer.address().to_string(), peer.port());
    const int on = 1;
    ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ports::Task<void> TcpStream::until_readable() {
    while (!stopped() && !ended_ && !socket_.may_read()) co_await socket_.wait_to_read();
}

ports::Task<Result<std::size_t>> TcpStream::read_some(std::span<char> into) {
    for (;;) {
        if (const auto code = stopped()) co_return fail(*code);
        if (ended_) co_return std::size_t{0};
        if (!socket_.may_read()) {
            co_await socket_.wait_to_read();
            continue;
        }
        const ssize_t got = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
        if (got > 0) {
            const auto bytes = static_cast<std::size_t>(got);
            if (bytes < into.size()) socket_.found_less_than_asked();
            co_return bytes;
        }
        if (got == 0) {
            ended_ = !reset_;
            if (reset_) co_return fail(ErrorCode::io_reset, message_of(ECONNRESET));
        } else if (would_block(errno)) {
            socket_.found_nothing();
        } else if (errno != EINTR) {
            co_return std::unexpected(to_error(errno));
        }
    }
}

ports::Task<Result<void>> TcpStream::write(std::span<const std::string_view> pieces) {
    Gather gather(pieces);
    // Everything that is ready is read before anything is sent: sending in bursts wakes each peer once for many answers
    // instead of once for each, which under load is a fifth of a small request's cost.
    co_await reactor_.after_arrivals();
    while (!gather.done()) {
        if (const auto code = stopped()) co_return fail(*code);
        if (gather.send(descriptor()) >= 0 || errno == EINTR) continue;
        if (!would_block(errno)) co_return std::unexpected(to_error(errno));
        co_await socket_.wait_to_write();
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
    const linger at_once{1, 0};
    ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.close();
}

bool TcpStream::reusable() {
    if (stopped()) return false;
    char unasked = 0;
    const ssize_t got = ::recv(descriptor(), &unasked, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && would_block(errno);
}

void TcpStream::send_at_once(std::string_view bytes) {
    if (descriptor() >= 0) (void)::send(descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void TcpStream::on_expired() {
    expired_ = true;
    socket_.wake();
}

void TcpStream::on_peer_gone() {
    if (auto* watcher = std::exchange(watcher_, nullptr)) watcher->peer_gone();
}

std::optional<ErrorCode> TcpStream::stopped() const {
    if (aborted_) return ErrorCode::io_cancelled;
    if (expired_) return ErrorCode::io_timeout;
    return std::nullopt;
}

// The kernel tells a reset to the first who asks and shows later ones a clean end, so it is remembered.
Error TcpStream::to_error(int error) {
    reset_ = reset_ || error == ECONNRESET || error == EPIPE || error == ECONNABORTED || error == ETIMEDOUT;
    return {reset_ ? ErrorCode::io_reset : ErrorCode::io_closed, message_of(error)};
}

}  // namespace signalbox::adapters
