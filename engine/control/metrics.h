// GET /metrics: counters since the start and the present state. Labels come from closed lists and from the
// configuration; names that clients choose are bounded by the meter.
#pragma once

#include <map>
#include <string>

#include "engine/control/backend.h"
#include "engine/control/meter.h"
#include "engine/flow/router.h"

namespace signalbox::control {

struct MetricsInput {
    const api::v1::SnapshotResponse& snapshot;
    const Lifetime& lifetime;
    const std::map<std::string, Counts>& models;
    const std::vector<TagInputs>& inputs;
    const flow::FleetView& fleet;
    std::string version;
};

[[nodiscard]] std::string metrics_text(const MetricsInput& input);

}  // namespace signalbox::control
