// The methods of the control API as a table: what the server dispatches on and what the typed calls look up.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <span>
#include <string_view>

#include "signalbox/v1/control.pb.h"

namespace signalbox::api {

namespace v1 = ::signalbox::v1;

enum class Access : unsigned char { viewer, operator_, admin };

struct MethodInfo {
    std::string_view name;  // "CreateOverride"
    Access access;          // the least role that may call it
    bool streams;           // server stream
    std::unique_ptr<google::protobuf::Message> (*new_request)();
    std::unique_ptr<google::protobuf::Message> (*new_response)();
};

[[nodiscard]] std::span<const MethodInfo> methods();
// nullptr: no such method.
[[nodiscard]] const MethodInfo* find_method(std::string_view name);

// One line per method: name, request, response, least role, streams. Watch and Snapshot share a request type, so the
// typed Gateway::call() serves unary methods only.
#define SIGNALBOX_UNARY_METHODS(X) \
    X(Info, viewer)                \
    X(Snapshot, viewer)            \
    X(QueryRequests, viewer)       \
    X(GetRequest, viewer)          \
    X(PreviewOverride, viewer)     \
    X(CreateOverride, operator_)   \
    X(ExtendOverride, operator_)   \
    X(EndOverride, operator_)      \
    X(ListOverrides, viewer)       \
    X(StartDrill, operator_)       \
    X(StopDrill, operator_)        \
    X(ListDrills, viewer)          \
    X(ActOnBreaker, operator_)     \
    X(DrainTarget, operator_)      \
    X(WarmTarget, operator_)       \
    X(Heartbeat, operator_)        \
    X(ListAccounts, viewer)        \
    X(Explain, viewer)             \
    X(GetConfig, viewer)           \
    X(CheckConfig, admin)          \
    X(Doctor, viewer)              \
    X(ListAudit, viewer)           \
    X(ListEvents, viewer)

template <class Request>
struct UnaryTraits;

#define SIGNALBOX_TRAITS(name, role)                      \
    template <>                                           \
    struct UnaryTraits<v1::name##Request> {               \
        using Response = v1::name##Response;              \
        static constexpr std::string_view method = #name; \
    };
SIGNALBOX_UNARY_METHODS(SIGNALBOX_TRAITS)
#undef SIGNALBOX_TRAITS

template <class Request>
using ResponseOf = typename UnaryTraits<Request>::Response;

template <class Request>
[[nodiscard]] const MethodInfo& method_of() {
    return *find_method(UnaryTraits<Request>::method);
}

}  // namespace signalbox::api
