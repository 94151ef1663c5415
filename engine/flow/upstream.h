// Connections to providers: where each lane is reached, and the loop's pool of idle keep-alive connections.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/config/quantities.h"
#include "engine/core/routing/routing_table.h"
#include "engine/flow/buffer.h"
#include "engine/flow/services.h"
#include "engine/protocol/dialect/openai.h"

namespace signalbox::flow {

// How one provider is called with one of its keys: everything of a request's head that does not change.
struct UpstreamAddress {
    ports::Endpoint endpoint;
    std::string path_prefix;     // of the API, no trailing slash
    std::string query;           // "?api-version=…"; empty: none
    bool model_in_path = false;  // classic Azure: every deployment has endpoints of its own
    std::string fixed_headers;   // Host, Authorization and the configured ones, ready to append; holds secrets
    [[nodiscard]] std::string target(protocol::Endpoint endpoint, std::string_view model) const;
};

// Azure's API before its v1: by the address, which does not end in /openai/v1.
[[nodiscard]] bool is_classic_azure(const core::ProviderConfig& provider);

// Precondition: the provider's base_url has passed validation. `key` -1: no credentials.
[[nodiscard]] UpstreamAddress address_of(const core::ProviderConfig& provider, int key);
// The same at another place that it calls its own.
[[nodiscard]] UpstreamAddress address_of(const core::ProviderConfig& provider, int key, const core::BaseUrl& url);

// One connection with what was read from it and not used yet.
struct Upstream {
    ports::Stream stream;
    Buffer in;
    bool reused = false;  // has served an earlier request: a reset before the first byte may be its idle time-out
    Instant idle_since{};
};

// One per loop, loop thread only.
class UpstreamPool {
  public:
    // An idle connection that still looks alive, or nothing.
    [[nodiscard]] std::unique_ptr<Upstream> take(const ports::Endpoint& endpoint, Instant now);
    // For reuse; precondition: its last answer was read to the end.
    void give_back(const ports::Endpoint& endpoint, std::unique_ptr<Upstream> upstream, Instant now);
    // The address of a lane under this table; built once per table and lane.
    [[nodiscard]] std::shared_ptr<const UpstreamAddress> address(const core::RoutingTablePtr& table, int provider,
                                                                 int key);
    // Closes what has been idle for limits::upstream_idle_max. Call it now and then.
    void close_idle(Instant now);
    void close_all() { idle_.clear(); }

  private:
    struct EndpointOrder {
        bool operator()(const ports::Endpoint& a, const ports::Endpoint& b) const;
    };
    std::map<ports::Endpoint, std::vector<std::unique_ptr<Upstream>>, EndpointOrder> idle_;
    core::RoutingTablePtr addresses_of_;
    std::map<std::pair<int, int>, std::shared_ptr<const UpstreamAddress>> addresses_;
};

}  // namespace signalbox::flow
