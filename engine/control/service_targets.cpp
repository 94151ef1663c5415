// Acts on breakers and targets, what providers tell of themselves, and accounts.
#include <algorithm>

#include "engine/control/accounts_view.h"
#include "engine/control/failure.h"
#include "engine/control/service.h"

namespace signalbox::control {
namespace {

// The deployment as the snapshot shows it; one that stands under no listed model has its name only.
v1::Deployment deployment_in(const v1::SnapshotResponse& snapshot, const std::string& name) {
    for (const v1::Model& model : snapshot.models()) {
        const auto row = std::ranges::find(model.deployments(), name, [](const v1::Deployment& d) { return d.name(); });
        if (row != model.deployments().end()) return *row;
    }
    v1::Deployment out;
    out.set_name(name);
    return out;
}

}  // namespace

api::Answer<v1::ActOnBreakerResponse> Service::answer(const v1::ActOnBreakerRequest& request, const Caller& caller) {
    const auto lanes = acts_.act(request, caller, at());
    changed();
    if (!lanes) return std::unexpected(lanes.error());
    v1::ActOnBreakerResponse out;
    for (const v1::Breaker& breaker : snapshot().breakers()) {
        if (std::ranges::find(*lanes, breaker.target()) != lanes->end()) *out.add_breakers() = breaker;
    }
    return out;
}

api::Answer<v1::DrainTargetResponse> Service::answer(const v1::DrainTargetRequest& request, const Caller& caller) {
    const auto name = acts_.drain(request, caller, at());
    changed();
    if (!name) return std::unexpected(name.error());
    v1::DrainTargetResponse out;
    *out.mutable_deployment() = deployment_in(snapshot(), *name);
    return out;
}

api::Answer<v1::WarmTargetResponse> Service::answer(const v1::WarmTargetRequest& request, const Caller& caller) {
    const auto name = acts_.warm(request, caller, at(), parts_.hooks.warm);
    changed();
    if (!name) return std::unexpected(name.error());
    v1::WarmTargetResponse out;
    *out.mutable_deployment() = deployment_in(snapshot(), *name);
    return out;
}

api::Answer<v1::HeartbeatResponse> Service::answer(const v1::HeartbeatRequest& request, const Caller&) {
    if (!parts_.hooks.heartbeat) return refuse(ErrorCode::unavailable, "this gateway takes no heartbeats");
    auto taken = parts_.hooks.heartbeat(request);
    if (!taken) return refuse(std::move(taken.error()));
    return std::move(*taken);
}

api::Answer<v1::ListAccountsResponse> Service::answer(const v1::ListAccountsRequest&, const Caller&) {
    return list_accounts(parts_.router.view());
}

}  // namespace signalbox::control
