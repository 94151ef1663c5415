// What the doctor says of a running gateway, in one list: its configuration, and what its traffic shows. Pure.
#pragma once

#include <vector>

#include "engine/control/snapshot.h"

namespace signalbox::control {

// Of the problems of a snapshot, those that somebody's policy is the cause of.
[[nodiscard]] std::vector<v1::Finding> traffic_findings(const v1::SnapshotResponse& snapshot);

}  // namespace signalbox::control
