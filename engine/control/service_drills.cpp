#include "engine/control/service.h"

namespace signalbox::control {
namespace {

template <class Response>
api::Answer<Response> respond(api::Answer<v1::Drill> drill) {
    if (!drill) return std::unexpected(std::move(drill.error()));
    Response out;
    *out.mutable_drill() = std::move(*drill);
    return out;
}

}  // namespace

api::Answer<v1::StartDrillResponse> Service::answer(const v1::StartDrillRequest& request, const Caller& caller) {
    auto started = drills_.start(request, caller, at());
    changed();
    return respond<v1::StartDrillResponse>(std::move(started));
}

api::Answer<v1::StopDrillResponse> Service::answer(const v1::StopDrillRequest& request, const Caller& caller) {
    auto stopped = drills_.stop(request, caller, at());
    changed();
    return respond<v1::StopDrillResponse>(std::move(stopped));
}

api::Answer<v1::ListDrillsResponse> Service::answer(const v1::ListDrillsRequest& request, const Caller&) {
    return drills_.list(request.active_only(), at());
}

}  // namespace signalbox::control
