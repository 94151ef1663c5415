// The chapters of a snapshot; internal to snapshot*.cpp and preview.
#pragma once

#include "engine/control/snapshot.h"

namespace signalbox::control {

// Lanes as messages; those of "provider/*" only once something happened on them.
[[nodiscard]] std::vector<v1::Breaker> build_breakers(const SnapshotInput& input);
[[nodiscard]] v1::Model build_model(const core::ModelEntry& entry, const SnapshotInput& input);
[[nodiscard]] v1::Deployment build_deployment(const core::Target& target, const SnapshotInput& input);
// Worst first.
[[nodiscard]] std::vector<v1::Problem> build_problems(const v1::SnapshotResponse& so_far, const SnapshotInput& input);

// A hold hides what the breaker itself would say.
[[nodiscard]] v1::BreakerState breaker_state(const core::Lane& lane, const SnapshotInput& input);
// 0 closed … 4 held open.
[[nodiscard]] int severity(v1::BreakerState state);
// Nothing is sent there, but for a probe.
[[nodiscard]] bool is_cut_off(v1::BreakerState state);
// Worst and best over every lane of a deployment.
[[nodiscard]] v1::BreakerState worst_breaker(const core::Deployment& deployment, const SnapshotInput& input);
[[nodiscard]] v1::BreakerState best_breaker(const core::Deployment& deployment, const SnapshotInput& input);
[[nodiscard]] const core::Deployment& deployment_of(const core::Target& target, const core::RoutingTable& table);
// No lane of the entry, or of what it falls back to, takes requests.
[[nodiscard]] bool without_target(const core::ModelEntry& entry, const SnapshotInput& input);

}  // namespace signalbox::control
