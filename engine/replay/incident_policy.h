// A small honest model of the coordinator whose rejections the burst matrix is about, to serve the same arrivals from
// the same simulated machines. It does what that one did:
//
//   - the output tokens a request may use at most are charged up front, and never given back;
//   - every request writes its account's one row, one writer at a time; who waits for the row longer than the
//     statement's timeout is told 503, before anything is known of the fleet;
//   - memory is reserved at a flat 400,000 bytes a token for prompt and max_tokens, though the machines tell their own;
//   - a model is expected to load where twice its weights fit, while the machines themselves ask for three times;
//   - a loaded model that answers nobody right now counts as cold, so that few machines carry all.
//
// The client's side only needs what our own load sends: one request a connection.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/network.h"
#include "engine/sim/loop.h"
#include "engine/sim/provider.h"

namespace signalbox::replay {

class IncidentPolicy {
  public:
    struct Machine {
        std::string name;
        ports::Address address;
        const sim::SimProvider* provider;
    };
    // Either may be empty.
    struct Events {
        std::function<void(const std::string& agent, const std::string& code)> refused;
        std::function<void(const std::string& machine, bool failed)> attempted;
    };
    struct Parts {
        sim::SimLoop& loop;
        ports::Network& network;
        const Events& events;
    };

    // Both outlive the coroutines: stop() and run the loop until idle before it goes.
    IncidentPolicy(Parts parts, std::vector<Machine> machines);
    void serve(std::unique_ptr<ports::Listener> listener);
    void stop();

  private:
    struct State {  // of one machine, as the coordinator keeps it
        Machine machine;
        std::int64_t pending = 0;
        std::int64_t reserved = 0;  // bytes
        Instant cool_until{};
    };
    struct Request;
    enum class Relayed : std::uint8_t { told, refused };

    ports::Task<void> accept_all();
    ports::Task<void> serve_one(ports::Stream client);
    ports::Task<bool> read(ports::Stream& client, Request& request);
    ports::Task<void> dispatch(ports::Stream& client, const Request& request);
    ports::Task<State*> find_machine(const Request& request);
    ports::Task<Relayed> relay(ports::Stream& client, const Request& request, State& to);
    ports::Task<void> refuse(ports::Stream& client, const Request& request, int status, std::string_view code);
    ports::Task<bool> write_row();
    ports::Task<void> give_money_back();
    ports::Task<void> pause_until(Instant when);
    [[nodiscard]] bool charge_output(std::int64_t tokens);
    [[nodiscard]] State* best_machine(const Request& request);
    [[nodiscard]] bool admits(const State& state, std::int64_t bytes) const;
    [[nodiscard]] double cost_ms(const State& state, const Request& request) const;

    Parts parts_;
    std::vector<State> machines_;
    std::shared_ptr<ports::Listener> listener_;
    double output_left_;
    Instant output_filled_{};
    Instant row_free_{};
    std::deque<std::shared_ptr<ports::Alarm>> queue_;
};

}  // namespace signalbox::replay
