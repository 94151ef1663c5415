#include "tests/contract/network/world.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/adapters/asio/tcp_network.h"

namespace signalbox::contract {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t bound_port(int descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

int bound_socket() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto any_port = loopback(0);
    ::bind(descriptor, reinterpret_cast<const sockaddr*>(&any_port), sizeof any_port);
    return descriptor;
}

}  // namespace

RealWorld::~RealWorld() {
    for (const int descriptor : descriptors_) ::close(descriptor);
}

ports::Address RealWorld::hanging() {
    const int listener = bound_socket();
    descriptors_.push_back(listener);
    ::listen(listener, 0);
    const auto address = loopback(bound_port(listener));
    for (int filler = 0; filler < 4; ++filler) {
        const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        descriptors_.push_back(descriptor);
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    return {"127.0.0.1", ntohs(address.sin_port)};
}

// Bound and never listening: refuses, and nobody else gets the port meanwhile.
ports::Address RealWorld::refusing() {
    descriptors_.push_back(bound_socket());
    return {"127.0.0.1", bound_port(descriptors_.back())};
}

ErrorCode RealWorld::second_listen(std::uint16_t port) {
    const auto reserved = adapters::reserve_port({"127.0.0.1", port});
    return reserved ? ErrorCode::ok : reserved.error().code;
}

bool RealWorld::run_to(const std::function<bool()>& done) {
    while (!done()) loop_.run();
    return true;
}

ErrorCode SimWorld::second_listen(std::uint16_t port) {
    ports::ListenOptions options;
    options.address = {"127.0.0.1", port};
    const auto listener = network_.listen(options);
    return listener ? ErrorCode::ok : listener.error().code;
}

ports::Address SimWorld::faulty(sim::ConnectFault fault) {
    const ports::Address address{"upstream", 443};
    sim::Link link = network_.link(address);
    link.connect = fault;
    network_.set_link(address, link);
    return address;
}

}  // namespace signalbox::contract
