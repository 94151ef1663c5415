// GET /v1/models/capacity: what this gateway could take now, per model. Public: no names of providers, accounts or
// keys.
#pragma once

#include <string>

#include "engine/flow/router.h"

namespace signalbox::flow {

// One row per listed model. Absent figures are unknown, never zero.
[[nodiscard]] std::string capacity_body(const FleetView& fleet, Instant now, bool draining);

}  // namespace signalbox::flow
