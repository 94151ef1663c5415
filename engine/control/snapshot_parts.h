// The chapters of a snapshot; internal to snapshot*.cpp and preview.
#pragma once

#include "engine/control/snapshot.h"

namespace signalbox::control {

// Lanes as messages; those of "provider/*" only once something happened on them.
[[nodiscard]] std::vector<v1::Breaker> build_breakers(const SnapshotInput& input);
[[nodiscard]] v1::Model build_model(const core::ModelEntry& entry, const SnapshotInput& input);
// Worst first.
[[nodiscard]] std::vector<v1::Problem> build_problems(const v1::SnapshotResponse& so_far, const SnapshotInput& input);

[[nodiscard]] v1::BreakerState breaker_state(core::BreakerState state);
// 0 closed, 1 half open, 2 open.
[[nodiscard]] int severity(core::BreakerState state);
// Worst and best over every lane of a deployment.
[[nodiscard]] core::BreakerState worst_breaker(const core::Deployment& deployment, const flow::FleetView& fleet);
[[nodiscard]] core::BreakerState best_breaker(const core::Deployment& deployment, const flow::FleetView& fleet);
[[nodiscard]] std::int64_t in_flight_of(const core::Deployment& deployment, const flow::FleetView& fleet);
[[nodiscard]] const core::Deployment& deployment_of(const core::Target& target, const core::RoutingTable& table);
// No lane of the entry, or of what it falls back to, has a closed or half-open breaker.
[[nodiscard]] bool without_target(const core::ModelEntry& entry, const flow::FleetView& fleet);

}  // namespace signalbox::control
