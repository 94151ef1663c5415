// What the control server serves: any table of api methods, called on behalf of somebody.
#pragma once

#include <memory>
#include <string>

#include "engine/api/gateway.h"
#include "engine/core/config/config.h"

namespace signalbox::control {

struct Caller {
    std::string actor = "local";  // the token's name, or "local" where no tokens are configured
    core::Role role = core::Role::viewer;
    bool authenticated = false;  // by a token: the request's own `actor` is then ignored
    std::string source = "api";  // console, api, cli
};

// Control loop only; replies and sinks are called there too, as api::Gateway promises. The caller's role has been
// checked.
class Backend {
  public:
    virtual ~Backend() = default;
    virtual void call_as(const Caller& caller, const api::MethodInfo& method, const google::protobuf::Message& request,
                         api::AnyReply reply) = 0;
    virtual std::unique_ptr<api::Subscription> subscribe_as(const Caller& caller, const api::MethodInfo& method,
                                                            const google::protobuf::Message& request,
                                                            api::AnySink sink) = 0;
};

}  // namespace signalbox::control
