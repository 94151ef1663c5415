// The simulated network: listeners and connections between the coroutines of one SimLoop.
//
// An address is "host:port"; "localhost" is 127.0.0.1. TLS is a property, not bytes: an endpoint with tls reaches a
// listener with a certificate and the other way round, or fails with tls_failed. Proxies are passed by.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/network.h"
#include "engine/sim/random.h"
#include "engine/sim/stream.h"

namespace signalbox::sim {

class SimListener;

// Outlives its listeners and streams.
class SimNetwork final : public ports::Network {
  public:
    // `normal`: the link of every address that was not given another.
    SimNetwork(SimLoop& loop, std::uint64_t seed, Link normal = {}) : loop_(loop), random_(seed), normal_(normal) {}

    // Of this address from now on, connections that exist included.
    void set_link(const ports::Address& address, const Link& link);
    [[nodiscard]] Link link(const ports::Address& address);
    // Every connection to this address: reset for both sides; or ended cleanly by the server, while the other direction
    // stays open.
    void reset(const ports::Address& address);
    void half_close(const ports::Address& address);

    Result<std::unique_ptr<ports::Listener>> listen(const ports::ListenOptions& options) override;
    ports::Task<Result<ports::Stream>> connect(const ports::Endpoint& endpoint, Instant deadline) override;

  private:
    friend class SimListener;

    // Everything known of one address.
    struct Place {
        std::shared_ptr<Link> link;
        SimListener* listener = nullptr;
        std::vector<std::weak_ptr<Channel>> to_server, to_client;
    };

    Place& place(const ports::Address& address);
    ports::Stream join(Place& place, const std::string& name);
    // False: the deadline came first.
    ports::Task<bool> pass_time(Nanos duration, Instant deadline);

    SimLoop& loop_;
    SimRandom random_;
    const Link normal_;
    std::map<std::string, Place> places_;
    std::uint16_t next_listener_port_ = 40000;
    std::uint16_t next_client_port_ = 50000;
};

}  // namespace signalbox::sim
