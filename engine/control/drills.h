// The drills of this gateway: checked, audited, told to the router, ended by themselves.
//
// The data plane gets an immutable table through the router; every row carries its expiry as an Instant, so a drill
// ends on time even if nobody calls tick(). Drills live as long as the process: a gateway that starts plays none.
// Breakers that a drill has opened are reset when it ends, for what they learned is not true. Control loop only. What
// it is given outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/trail.h"
#include "engine/flow/router.h"

namespace signalbox::control {

namespace v1 = api::v1;

class Drills {
  public:
    Drills(flow::Router& router, Trail& trail) : router_(router), trail_(trail) {}

    // Refusals: invalid_argument, not_found (no such target, with the nearest names), conflict (with the id of the
    // drill in the way), limit_reached, store_failed: nothing took effect. A repeated idempotency key answers with its
    // first drill while that is remembered, or conflict when the request asks for something else.
    [[nodiscard]] api::Answer<v1::Drill> start(const v1::StartDrillRequest& request, const Caller& caller, Moment at);
    // Stopping a stopped one answers with it. Refusals: not_found, store_failed.
    [[nodiscard]] api::Answer<v1::Drill> stop(const v1::StopDrillRequest& request, const Caller& caller, Moment at);
    // Newest first; of those that are over, the last limits::drills_remembered_max.
    [[nodiscard]] v1::ListDrillsResponse list(bool active_only, Moment at) const;

    // Ends what has run out and returns when to call again; `never`: nothing is in force.
    Instant tick(Moment at);
    // After a reload: drills of what has left the configuration end.
    void adopt(const core::RoutingTable& table, Moment at);

    // In force now, oldest first.
    [[nodiscard]] std::vector<v1::Drill> active(Moment at) const;

  private:
    struct Entry {
        v1::Drill row;
        std::string idempotency_key;
        core::ActiveDrill drill;
        Instant started{};
        [[nodiscard]] bool in_force(Instant now) const { return !row.has_ended_unix_us() && now < drill.expires; }
    };

    [[nodiscard]] const Entry* find_key(const std::string& idempotency_key) const;
    [[nodiscard]] api::Answer<v1::Drill> check(const v1::StartDrillRequest& request, const std::string& actor,
                                               Moment at) const;
    // `row` as check() gave it.
    const Entry& put_in_force(v1::Drill row, const std::string& idempotency_key, Moment at);
    void end(Entry& entry, const std::string& who, Moment at);
    void end_by_itself(Entry& entry, const std::string& why, Moment at);
    void restore_breakers(const Entry& entry, Instant now);
    void forget_old();
    void publish(Moment at) const;
    [[nodiscard]] static v1::Drill message_of(const Entry& entry, Moment at);

    flow::Router& router_;
    Trail& trail_;
    std::int64_t last_id_ = 0;
    std::map<std::int64_t, Entry> entries_;  // in force, or remembered
};

}  // namespace signalbox::control
