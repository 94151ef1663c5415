// The state of the gateway as one message. Pure: what it is built from is collected by the service.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/backend.h"
#include "engine/control/breaker_acts.h"
#include "engine/control/hooks.h"
#include "engine/control/meter.h"
#include "engine/flow/router.h"

namespace signalbox::control {

namespace v1 = api::v1;

struct SnapshotInput {
    Moment at;
    std::int64_t sequence = 0;
    std::string name;  // of this gateway
    flow::FleetView fleet;
    WindowStats all;
    Durations durations;
    std::map<std::string, WindowStats> models;  // by entry, aliases folded in
    Lifetime lifetime;
    std::vector<v1::Override> overrides;  // in force
    std::vector<v1::Drill> drills;        // in force
    std::map<core::LaneId, HoldNote> holds;
    std::map<std::string, DrainNote> drains;  // by deployment
    std::map<core::LaneId, FreeCheckNote> free_checks;
    std::optional<IdleRefusal> last_idle_refusal;
    std::vector<TruncatedInputs> truncated;
    std::int64_t connections = 0, in_flight = 0;
    core::CacheFigures cache;
    std::int64_t response_homes = 0;
    bool draining = false;
    std::int64_t history_shed = 0;
    std::string config_problem;  // of a refused configuration file; empty: none
    WallTime config_problem_since;
    std::vector<std::string> restart_needed;  // changes that only a restart brings
    WallTime restart_needed_since;
    std::vector<std::string> without_effect;  // fields that are set and not acted on
    std::string store_failure;                // empty: the store writes
    WallTime store_failed_since;
};

[[nodiscard]] v1::SnapshotResponse build_snapshot(const SnapshotInput& input);

// Stats by model entry from stats by the name clients wrote.
[[nodiscard]] std::map<std::string, WindowStats> fold_aliases(const std::map<std::string, WindowStats>& by_name,
                                                              const core::RoutingTable& table);

}  // namespace signalbox::control
