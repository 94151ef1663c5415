// A small CONNECT proxy for one connection. Whatever it is asked for, it connects to its target.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "tests/contract/network/world.h"

namespace signalbox::contract {

class Relay {
  public:
    Relay(RealWorld& world, ports::Address target, std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n")
        : world_(world), state_(std::make_shared<State>(std::move(target), std::move(answer))) {
        ports::ListenOptions options;
        options.address = {"127.0.0.1", 0};
        state_->listener = *world.network().listen(options);
        port_ = state_->listener->port();
        world.spawner().spawn("relay", serve(state_, world.network(), world.spawner()));
    }
    ~Relay() {
        for (const auto& stream : {state_->client, state_->target_stream})
            if (stream) stream->abort();
        state_->listener->close();
        world_.breathe();
    }

    [[nodiscard]] std::string url() const { return "http://user:pa%3Ass@127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] const std::string& request() const { return state_->request; }
    // Ends the client's connection with a FIN and nothing else.
    void end_cleanly() {
        if (state_->target_stream) state_->target_stream->abort();
        world_.run_to([this] { return state_->client == nullptr; });
    }

  private:
    using SharedStream = std::shared_ptr<ports::ByteStream>;
    struct State {
        State(ports::Address to, std::string says) : target(std::move(to)), answer(std::move(says)) {}
        ports::Address target;
        std::string answer, request;
        std::unique_ptr<ports::Listener> listener;
        SharedStream client, target_stream;
    };
    using StatePtr = std::shared_ptr<State>;

    static ports::Task<void> serve(StatePtr state, ports::Network& network, ports::Spawner& spawner) {
        auto accepted = co_await state->listener->accept();
        if (!accepted) co_return;
        state->client = *std::move(accepted);
        std::array<char, 1000> chunk;
        while (!state->request.ends_with("\r\n\r\n")) {
            const auto got = co_await state->client->read_some(chunk);
            if (!got || *got == 0) co_return;
            state->request.append(chunk.data(), *got);
        }
        const std::string_view piece = state->answer;
        co_await state->client->write({&piece, 1});
        if (state->answer.find(" 200 ") == std::string::npos) co_return;
        const ports::Endpoint target{state->target, false, {}};
        auto connected = co_await network.connect(target, never);
        state->target_stream = *std::move(connected);
        spawner.spawn("relay up", pump(state, state->client, state->target_stream));
        co_await pump(state, state->target_stream, state->client);
        state->target_stream.reset();
        state->client.reset();
    }
    static ports::Task<void> pump(StatePtr, SharedStream from, SharedStream to) {
        std::array<char, 10'000> chunk;
        for (;;) {
            const auto got = co_await from->read_some(chunk);
            if (!got || *got == 0) co_return;
            const std::string_view piece(chunk.data(), *got);
            const auto written = co_await to->write({&piece, 1});
            if (!written) co_return;
        }
    }

    RealWorld& world_;
    StatePtr state_;
    std::uint16_t port_ = 0;
};

}  // namespace signalbox::contract
