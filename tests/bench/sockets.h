// The little the two load tools share: an owned descriptor, loopback sockets, an epoll set and a monotonic clock.
// One thread each, no exceptions but at start, where a failed system call ends the program with its name.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace signalbox::bench {

inline std::uint64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

inline int must(int result, const char* call) {
    if (result >= 0) return result;
    std::perror(call);
    std::exit(1);
}

class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_ = -1;
};

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline void send_at_once(int fd) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline Fd listen_on_loopback(std::uint16_t port) {
    Fd fd(must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto address = loopback(port);
    must(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    must(listen(fd.get(), 4096), "listen");
    return fd;
}

inline std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    must(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

// Connects blocking (loopback answers at once), reads non-blocking afterwards through MSG_DONTWAIT.
inline Fd connect_to_loopback(std::uint16_t port) {
    Fd fd(must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    const auto address = loopback(port);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) return Fd{};
    send_at_once(fd.get());
    return fd;
}

// Level-triggered; `key` comes back in data.u64.
class Epoll {
  public:
    void add(int fd, std::uint32_t events, std::uint64_t key) { control(EPOLL_CTL_ADD, fd, events, key); }
    void change(int fd, std::uint32_t events, std::uint64_t key) { control(EPOLL_CTL_MOD, fd, events, key); }
    template <std::size_t N>
    int wait(epoll_event (&events)[N], std::uint64_t timeout_ns) {
        const timespec timeout{static_cast<time_t>(timeout_ns / 1'000'000'000),
                               static_cast<long>(timeout_ns % 1'000'000'000)};
        return epoll_pwait2(fd_.get(), events, static_cast<int>(N), &timeout, nullptr);
    }

  private:
    void control(int operation, int fd, std::uint32_t events, std::uint64_t key) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = key;
        must(epoll_ctl(fd_.get(), operation, fd, &event), "epoll_ctl");
    }
    Fd fd_{must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
};

}  // namespace signalbox::bench
