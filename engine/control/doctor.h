// What the doctor says of a running gateway, in one list: its configuration, and what its traffic shows. Pure.
#pragma once

#include <vector>

#include "engine/control/snapshot.h"
#include "engine/core/config/doctor.h"

namespace signalbox::control {

// `line`: of the field; 0 where it is not known.
[[nodiscard]] v1::Finding to_message(const core::Finding& finding, int line = 0);
// The day of a moment, in UTC.
[[nodiscard]] std::chrono::sys_days day_of(WallTime time);

struct Vitals {
    Moment started, now;
    const v1::SnapshotResponse& snapshot;
};
// Problems that somebody's policy is the cause of, targets nothing is known of, a clock that was moved. In no order.
[[nodiscard]] std::vector<v1::Finding> traffic_findings(const Vitals& vitals);

// Everything, worst first.
[[nodiscard]] v1::DoctorResponse examine(const core::Config& config, const Vitals& vitals);

}  // namespace signalbox::control
