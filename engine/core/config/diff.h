// What changed between two configurations, for people.
#pragma once

#include <string>
#include <vector>

#include "engine/core/config/config.h"

namespace signalbox::core {

// One line per difference; changed values first, then what was added, then what was removed:
//   "models[gpt-5].strategy: latency → cost", "providers[openai].keys[backup]: added", "accounts[ci].key: changed".
// Entries of lists are matched by name (deployments by provider/model). Secrets are only ever "changed".
[[nodiscard]] std::vector<std::string> diff(const Config& before, const Config& after);

}  // namespace signalbox::core
