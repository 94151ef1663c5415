#include "engine/control/preview.h"
#include "engine/control/service.h"

namespace signalbox::control {
namespace {

template <class Response>
api::Answer<Response> respond(api::Answer<v1::Override> override_) {
    if (!override_) return std::unexpected(std::move(override_.error()));
    Response out;
    *out.mutable_override() = std::move(*override_);
    return out;
}

}  // namespace

api::Answer<v1::PreviewOverrideResponse> Service::answer(const v1::PreviewOverrideRequest& request, const Caller&) {
    return preview(request.from(), collect(), overrides_.active_rows(at()));
}

api::Answer<v1::CreateOverrideResponse> Service::answer(const v1::CreateOverrideRequest& request,
                                                        const Caller& caller) {
    auto made = overrides_.create(request, *parts_.router.rules().table, caller, at());
    changed();
    return respond<v1::CreateOverrideResponse>(std::move(made));
}

api::Answer<v1::ExtendOverrideResponse> Service::answer(const v1::ExtendOverrideRequest& request,
                                                        const Caller& caller) {
    auto longer = overrides_.extend(request, caller, at());
    changed();
    return respond<v1::ExtendOverrideResponse>(std::move(longer));
}

api::Answer<v1::EndOverrideResponse> Service::answer(const v1::EndOverrideRequest& request, const Caller& caller) {
    auto ended = overrides_.end(request, caller, at());
    changed();
    return respond<v1::EndOverrideResponse>(std::move(ended));
}

api::Answer<v1::ListOverridesResponse> Service::answer(const v1::ListOverridesRequest& request, const Caller&) {
    return overrides_.list(request.active_only(), at());
}

}  // namespace signalbox::control
