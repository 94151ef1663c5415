#include "engine/api/methods.h"

#include <algorithm>
#include <array>

namespace signalbox::api {
namespace {

template <class T>
std::unique_ptr<google::protobuf::Message> make() {
    return std::make_unique<T>();
}

#define SIGNALBOX_ROW(name, role) \
    MethodInfo{#name, Access::role, false, &make<v1::name##Request>, &make<v1::name##Response>},
const std::array table = {
    SIGNALBOX_UNARY_METHODS(SIGNALBOX_ROW)
        MethodInfo{"Watch", Access::viewer, true, &make<v1::SnapshotRequest>, &make<v1::SnapshotResponse>},
    MethodInfo{"TailRequests", Access::viewer, true, &make<v1::TailRequestsRequest>, &make<v1::TailRequestsResponse>},
};
#undef SIGNALBOX_ROW

}  // namespace

std::span<const MethodInfo> methods() {
    return table;
}

const MethodInfo* find_method(std::string_view name) {
    const auto* row = std::ranges::find(table, name, &MethodInfo::name);
    return row == table.end() ? nullptr : row;
}

}  // namespace signalbox::api
