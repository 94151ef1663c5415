// The overrides of this gateway: durable before they take effect, in force until their instant, ended by themselves.
//
// The data plane gets an immutable table through `publish`; every row carries its expiry as an Instant, so a redirect
// ends on time even if nobody calls tick(). Control loop only; calls the store. What it is given outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/override_rules.h"
#include "engine/control/trail.h"

namespace signalbox::control {

class Overrides {
  public:
    using Publish = std::function<void(core::OverrideTablePtr)>;

    Overrides(ports::Store& store, Trail& trail, Publish publish)
        : store_(store), trail_(trail), publish_(std::move(publish)) {}

    // At start: puts what is still in force back into force and ends what ran out meanwhile. Error: store_failed.
    [[nodiscard]] Result<void> restore(const core::RoutingTable& table, Moment at);

    // Refusals of check_create(); store_failed: nothing took effect. A repeated idempotency key answers with the first
    // override while that is remembered, or conflict when the request asks for other models.
    [[nodiscard]] api::Answer<v1::Override> create(const v1::CreateOverrideRequest& request,
                                                   const core::RoutingTable& table, const Caller& caller, Moment at);
    // Refusals: not_found, invalid_argument (also: ended already), store_failed.
    [[nodiscard]] api::Answer<v1::Override> extend(const v1::ExtendOverrideRequest& request, const Caller& caller,
                                                   Moment at);
    // Ending an ended one answers with it: two people may press the button.
    [[nodiscard]] api::Answer<v1::Override> end(const v1::EndOverrideRequest& request, const Caller& caller, Moment at);
    // Newest first. Refusal: store_failed.
    [[nodiscard]] api::Answer<v1::ListOverridesResponse> list(bool active_only, Moment at) const;

    // Ends what has run out and returns when to call again; `never`: nothing is in force.
    Instant tick(Moment at);
    // Ends redirects to models that a new configuration no longer has.
    void adopt(const core::RoutingTable& table, Moment at);

    // In force now, oldest first.
    [[nodiscard]] std::vector<v1::Override> active(Moment at) const;
    [[nodiscard]] std::vector<ports::OverrideRow> active_rows(Moment at) const;

  private:
    struct Entry {
        ports::OverrideRow row;
        Instant expires{};
        std::shared_ptr<std::atomic<std::int64_t>> diverted = std::make_shared<std::atomic<std::int64_t>>(0);
    };

    [[nodiscard]] static bool is_active(const Entry& entry, Moment at);
    [[nodiscard]] const ports::OverrideRow* find_key(const std::string& idempotency_key, WallTime wall) const;
    [[nodiscard]] api::Answer<Entry*> find_active(std::int64_t id, Moment at);
    [[nodiscard]] static ports::OverrideRow told(const Entry& entry, Moment at);
    [[nodiscard]] v1::Override message_of(const ports::OverrideRow& row, Moment at) const;
    // Audits, stores and publishes a changed row of `entry`.
    [[nodiscard]] Result<void> change(Entry& entry, ports::OverrideRow changed, const Act& act, Moment at);
    void end_by_itself(Entry& entry, const std::string& why, Moment at);
    void publish(Moment at) const;

    ports::Store& store_;
    Trail& trail_;
    Publish publish_;
    std::map<std::int64_t, Entry> entries_;  // in force, or created within the idempotency window
};

}  // namespace signalbox::control
