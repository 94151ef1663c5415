// What an operator means by "provider/upstream-model" or "provider/upstream-model#key". Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::control {

// One deployment, and one of its lanes or all of them. Points into the table it was found in.
struct NamedTarget {
    std::string name;  // as written
    const core::Deployment* deployment = nullptr;
    std::vector<const core::Lane*> lanes;
};

// Error: not_found, naming the nearest ones.
[[nodiscard]] Result<NamedTarget> find_target(std::string_view name, const core::RoutingTable& table);
// The same for what concerns a deployment as a whole; "#key" is refused with invalid_argument.
[[nodiscard]] Result<NamedTarget> find_deployment(std::string_view name, const core::RoutingTable& table);

// The name of the key a lane is called with; empty: none.
[[nodiscard]] std::string key_name(const core::Lane& lane, const core::Deployment& deployment,
                                   const core::RoutingTable& table);
// "provider/upstream-model#key", or without a key the deployment's name.
[[nodiscard]] std::string lane_name(const core::Lane& lane, const core::Deployment& deployment,
                                    const core::RoutingTable& table);

// "provider#key" of every key in the table.
[[nodiscard]] std::map<core::KeyId, std::string> key_targets(const core::RoutingTable& table);

}  // namespace signalbox::control
