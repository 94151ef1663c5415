// One gateway in virtual time: the real journey with its ledger and the watchers of its providers, simulated network
// and providers, clients that remember what they got.
//
// Everything random comes from the seed; what is ready at the same instant runs in a seeded order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/watchers.h"
#include "engine/flow/accept.h"
#include "engine/flow/buffer.h"
#include "engine/flow/upstream.h"
#include "engine/replay/incident_policy.h"
#include "engine/replay/rows.h"
#include "engine/sim/client.h"
#include "engine/sim/loop.h"
#include "engine/sim/memory_ledger.h"
#include "engine/sim/network.h"
#include "engine/sim/provider.h"

namespace signalbox::replay {

// Who decides: we, or a model of the coordinator whose rejections the burst matrix is about.
enum class Policy : std::uint8_t { signalbox, incident };

// What a rig is made of.
struct Setup {
    core::Config config;
    std::map<std::string, sim::ProviderScript> scripts;  // by provider
    Policy policy = Policy::signalbox;
};

// One client's request, and its answer once `ended`.
struct Ask {
    std::string name;               // also its user agent, by which its history row is found
    Nanos deadline = Nanos::max();  // what it told the gateway; max: nothing
    bool ended = false;
    sim::ClientAnswer answer{};
};

class Rig {
  public:
    // Where the providers are is the rig's business.
    Rig(Setup setup, std::uint64_t seed);
    ~Rig();

    // The request begins now, or later. `request.to`, the user agent and the deadline are filled in.
    void ask(Ask ask, sim::ClientRequest request, Nanos later = 0ns);

    // Precondition of all: the provider exists.
    [[nodiscard]] sim::SimProvider& provider(const std::string& name) { return *upstreams_.at(name).provider; }
    [[nodiscard]] ports::Address address(const std::string& provider) const { return upstreams_.at(provider).address; }
    void kill(const std::string& provider);     // the process: its listener and every connection
    void restore(const std::string& provider);  // no-op when it runs
    [[nodiscard]] bool has_provider(const std::string& name) const { return upstreams_.contains(name); }
    [[nodiscard]] bool is_running(const std::string& name) const { return upstreams_.at(name).running; }

    // False: the incident's policy decides, and there is neither history nor ledger.
    [[nodiscard]] bool decides_itself() const { return incident_ == nullptr; }
    void drain();  // the gateway takes nothing new
    // In force until its expiry; id and counter are filled in.
    void redirect(core::ActiveOverride row);
    void end_redirects(const std::string& from);

    [[nodiscard]] const std::vector<std::shared_ptr<Ask>>& asks() const { return asks_; }
    [[nodiscard]] bool all_ended() const;
    // By user agent, so by the name of the ask; in the order they were written.
    [[nodiscard]] const std::vector<ports::RequestRecord>& rows(const std::string& ask) const {
        return journal.of(ask);
    }
    // HTTP requests sent so far: asks, and whatever count_sent() was told of.
    [[nodiscard]] std::size_t sent() const { return asks_.size() + sent_elsewhere_; }
    void count_sent() { ++sent_elsewhere_; }
    [[nodiscard]] const core::Config& config() const { return router.rules().table->config(); }
    [[nodiscard]] static ports::Address gateway();

    sim::SimLoop loop;
    sim::SimNetwork network;
    Rows journal;
    // Told what the incident's policy does, where it decides.
    IncidentPolicy::Events on_incident;
    sim::MemoryLedger ledger;
    flow::Router router;
    flow::Gauges gauges;

  private:
    struct Upstream {
        ports::Address address;
        std::unique_ptr<sim::SimProvider> provider;
        bool running = false;
    };

    [[nodiscard]] control::Watchers::Parts watcher_parts();
    void open_for_clients(Policy policy);
    void tick();
    ports::Task<void> run_client(std::shared_ptr<Ask> ask, sim::ClientRequest request);
    void publish();

    sim::SimRandom random_;  // the gateway's
    sim::SimRandom provider_random_;
    sim::SimRandom watcher_random_;
    NullLog log_;
    flow::UpstreamPool pool_;
    flow::BufferPool buffers_;
    flow::Services services_;
    std::map<std::string, Upstream> upstreams_;
    std::vector<core::ActiveOverride> redirects_;
    std::int64_t redirects_made_ = 0;
    std::vector<std::shared_ptr<Ask>> asks_;
    std::size_t sent_elsewhere_ = 0;
    std::unique_ptr<flow::Acceptor> acceptor_;
    std::unique_ptr<IncidentPolicy> incident_;
    control::Watchers watchers_;
    sim::TimerId next_tick_{};
};

}  // namespace signalbox::replay
