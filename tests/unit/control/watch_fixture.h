// Servers that answer what they are told to, on a simulated network in virtual time, for the tests of what talks to
// providers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/flow/router.h"
#include "engine/sim/loop.h"
#include "engine/sim/network.h"

namespace signalbox::control {

struct Canned {
    int status = 200;
    std::string body;
    Nanos after{};      // before it answers
    bool hang = false;  // takes the request and never answers
};

// One HTTP server; every connection brings one request.
class CannedServer {
  public:
    CannedServer(sim::SimLoop& loop, sim::SimNetwork& network, const std::string& host, std::uint16_t port);
    ~CannedServer();

    std::map<std::string, Canned> answers;  // by "GET /path"; anything else is 404
    std::vector<std::string> asked;         // "GET /path", with the body behind a blank
    std::vector<std::string> heads;         // whole heads, in the same order
    int most_at_once = 0;

    [[nodiscard]] std::size_t count(const std::string& what) const;

  private:
    struct Shared;
    static ports::Task<void> serve(CannedServer* self, std::shared_ptr<Shared> shared);
    static ports::Task<void> answer(CannedServer* self, std::shared_ptr<Shared> shared, ports::Stream stream);

    sim::SimLoop& loop_;
    std::shared_ptr<Shared> shared_;
};

struct WatchFixture {
    sim::SimLoop loop;
    sim::SimNetwork network{loop, 1};
    sim::SimRandom random{1};

    // One provider of a kind at 10.0.0.1:<port> with one model "m".
    [[nodiscard]] static core::Config config_of(core::ProviderKind kind);
    static void add_provider(core::Config& config, const std::string& name, core::ProviderKind kind,
                             const std::string& base_url);
    static core::ModelConfig& add_model(core::Config& config, const std::string& name, const std::string& provider,
                                        const std::string& upstream);
    static constexpr auto host = "10.0.0.1";
    static constexpr std::uint16_t port = 9000;
    static constexpr auto url = "http://10.0.0.1:9000";
};

}  // namespace signalbox::control
