// What operators ordered of breakers and deployments: checked, audited, told to the router, and remembered with the
// words that go with it. The router obeys a hold's expiry by itself; the book only tells that it is over.
//
// Control loop only. Orders live as long as the process: a restart begins without any. What it is given outlives it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/hooks.h"
#include "engine/control/target_names.h"
#include "engine/control/trail.h"
#include "engine/flow/router.h"

namespace signalbox::control {

namespace v1 = api::v1;

// A breaker held by somebody until an instant.
struct HoldNote {
    core::HoldKind kind = core::HoldKind::none;
    std::string target, reason, actor;
    WallTime since;
    Instant expires{};
};

// A deployment that somebody takes out of service.
struct DrainNote {
    core::DeploymentId deployment = 0;
    std::string reason, actor;
    WallTime since;
};

class BreakerActs {
  public:
    BreakerActs(flow::Router& router, Trail& trail) : router_(router), trail_(trail) {}

    // The names of the lanes it was done to. Refusals: invalid_argument, not_found (with the nearest names), conflict
    // (a probe of a held breaker), store_failed: nothing took effect. A reset ends a hold; so does end_hold, which
    // leaves the breaker as its own outcomes have it.
    [[nodiscard]] api::Answer<std::vector<std::string>> act(const v1::ActOnBreakerRequest& request,
                                                            const Caller& caller, Moment at);
    // The name of the deployment. Draining what drains already, and ending what does not, changes nothing. Refusals as
    // above.
    [[nodiscard]] api::Answer<std::string> drain(const v1::DrainTargetRequest& request, const Caller& caller,
                                                 Moment at);
    // The name of the deployment. Refusals as above, and those of the hook.
    [[nodiscard]] api::Answer<std::string> warm(const v1::WarmTargetRequest& request, const Caller& caller, Moment at,
                                                const decltype(Hooks::warm)& hook);

    // After a reload: orders about what has left the configuration end.
    void adopt(const core::RoutingTable& table, Moment at);
    // Tells the holds that ran out. Returns when the next one does.
    [[nodiscard]] Instant tick(Moment at);

    [[nodiscard]] const std::map<core::LaneId, HoldNote>& holds() const { return holds_; }
    [[nodiscard]] const std::map<std::string, DrainNote>& drains() const { return drains_; }  // by deployment

  private:
    struct Order;
    [[nodiscard]] api::Answer<Order> check_act(const v1::ActOnBreakerRequest& request, const std::string& actor,
                                               const core::RoutingTable& table, Moment at) const;
    [[nodiscard]] static std::optional<api::Failure> check_states(const Order& order, const flow::FleetView& fleet,
                                                                  Moment at);
    void carry_out(const Order& order, const Act& act, Moment at);
    void tell_end(const HoldNote& hold, const std::string& why, Moment at);

    flow::Router& router_;
    Trail& trail_;
    std::map<core::LaneId, HoldNote> holds_;
    std::map<std::string, DrainNote> drains_;
};

}  // namespace signalbox::control
