// The drills in force, as the data plane reads them: an immutable table, swapped whole by control/drills.
//
// A drill lets one provider, target or model misbehave on purpose: for a share of its requests, the same ones at every
// try, or only for requests that ask for it with a header.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/drill/fault.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::core {

struct ActiveDrill {
    std::int64_t id = 0;
    std::string
        target;  // a provider, one of its keys, a deployment, one of its lanes, or a model entry; see lanes_of()
    Fault fault = Fault::none;
    int share_percent = 100;                            // 1..100, of the requests; header_only: meaningless
    bool header_only = false;                           // strikes only requests whose header names the fault
    Instant expires = never;                            // not in force at this instant any more
    std::shared_ptr<std::atomic<std::int64_t>> struck;  // attempts it has spoiled; counted by whoever spoils them
};

// One attempt that is about to be made.
struct DrillQuestion {
    std::string_view provider, deployment, key, model;
    std::string_view header;      // the request's x-signalbox-drill: the word of a fault; empty: none
    std::string_view request_id;  // decides the share
    bool prefill = false;         // the last message is the assistant's
    Instant now{};
};

struct DrillTable {
    std::vector<ActiveDrill> rows;

    // The first row that spoils this attempt, or nullptr.
    [[nodiscard]] const ActiveDrill* match(const DrillQuestion& question) const;
};
using DrillTablePtr = std::shared_ptr<const DrillTable>;  // nullptr: no drill

// Every lane that goes by this name: "provider", "provider#key", "provider/upstream-model", the same with "#key", a
// model entry or an alias of one. None: there is no such target.
[[nodiscard]] std::vector<LaneId> lanes_of(std::string_view target, const RoutingTable& table);

// A request's place in 0..99 for one drill: the same at every try, independent between drills.
[[nodiscard]] int drill_draw(std::string_view request_id, std::int64_t drill);

}  // namespace signalbox::core
