// A listener, a connection through it, and the verbs the network's contract is told in.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tests/contract/network/world.h"

namespace signalbox::contract {

inline ports::Task<Result<void>> send(ports::ByteStream& stream, std::string text) {
    const std::string_view piece = text;
    co_return co_await stream.write({&piece, 1});
}

// What came before `count` bytes were there, the peer ended or the stream failed.
inline ports::Task<std::string> receive(ports::ByteStream& stream, std::size_t count) {
    std::string received;
    std::array<char, 10'000> chunk;
    while (received.size() < count) {
        const auto got = co_await stream.read_some(chunk);
        if (!got || *got == 0) break;
        received.append(chunk.data(), *got);
    }
    co_return received;
}

// Recognisable wherever it is cut.
inline std::string pattern(std::size_t size, char first) {
    std::string text(size, first);
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(first + (i * 7 + i / 251) % 26);
    return text;
}

template <class World>
class NetworkContract : public testing::Test {
  protected:
    void listen() {
        ports::ListenOptions options;
        options.address = {"127.0.0.1", 0};
        auto result = world.network().listen(options);
        ASSERT_TRUE(result) << result.error().detail;
        listener = *std::move(result);
    }
    void connect() {
        listen();
        const ports::Endpoint endpoint{{"127.0.0.1", listener->port()}, false, {}};
        auto accepting = world.start(listener->accept());
        auto connecting = world.start(world.network().connect(endpoint, clock.now() + 5s));
        client = *world.finish(connecting);
        server = *world.finish(accepting);
    }
    std::size_t read(ports::ByteStream& stream) { return world.wait(stream.read_some(buffer)).value(); }
    ErrorCode read_error(ports::ByteStream& stream) {
        const auto got = world.wait(stream.read_some(buffer));
        return got ? ErrorCode::ok : got.error().code;
    }
    ErrorCode connect_error(const ports::Address& address) {
        const ports::Endpoint endpoint{address, false, {}};
        const auto stream = world.wait(world.network().connect(endpoint, clock.now() + 200ms));
        return stream ? ErrorCode::ok : stream.error().code;
    }
    void pause(Nanos duration) {
        const auto alarm = clock.make_alarm();
        world.wait(alarm->wait_until(clock.now() + duration));
    }

    World world;
    ports::Clock& clock = world.clock();
    std::unique_ptr<ports::Listener> listener;
    ports::Stream client, server;
    std::array<char, 1000> buffer{};
};

}  // namespace signalbox::contract
