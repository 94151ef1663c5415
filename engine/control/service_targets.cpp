// Acts on breakers and targets, and what providers tell of themselves.
#include "engine/control/failure.h"
#include "engine/control/service.h"

namespace signalbox::control {

api::Answer<v1::ActOnBreakerResponse> Service::answer(const v1::ActOnBreakerRequest&, const Caller&) {
    return refuse(ErrorCode::unavailable, "this gateway cannot do that yet");
}

api::Answer<v1::DrainTargetResponse> Service::answer(const v1::DrainTargetRequest&, const Caller&) {
    return refuse(ErrorCode::unavailable, "this gateway cannot do that yet");
}

api::Answer<v1::WarmTargetResponse> Service::answer(const v1::WarmTargetRequest&, const Caller&) {
    return refuse(ErrorCode::unavailable, "this gateway cannot do that yet");
}

api::Answer<v1::HeartbeatResponse> Service::answer(const v1::HeartbeatRequest&, const Caller&) {
    return refuse(ErrorCode::unavailable, "this gateway cannot do that yet");
}

api::Answer<v1::ListAccountsResponse> Service::answer(const v1::ListAccountsRequest&, const Caller&) {
    return refuse(ErrorCode::unavailable, "this gateway cannot do that yet");
}

}  // namespace signalbox::control
