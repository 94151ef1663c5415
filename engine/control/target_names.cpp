#include "engine/control/target_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/core/config/suggest.h"

namespace signalbox::control {
namespace {

constexpr std::size_t suggestions = 3;

Error unknown(std::string_view name, const core::RoutingTable& table, bool with_keys) {
    std::vector<std::string> known;
    for (const core::Deployment& deployment : table.deployments()) {
        known.push_back(deployment.name);
        if (!with_keys) continue;
        for (const core::Lane& lane : deployment.lanes) {
            if (lane.key >= 0) known.push_back(lane_name(lane, deployment, table));
        }
    }
    name = name.substr(0, limits::name_length_max);
    const auto near = core::nearest(name, known, suggestions);
    std::string text = fmt::format("there is no target '{}'", name);
    text += near.empty() ? "; write provider/upstream-model, with #key for one of its keys"
                         : fmt::format("; did you mean {}?", fmt::join(near, " or "));
    return {ErrorCode::not_found, std::move(text)};
}

}  // namespace

std::string key_name(const core::Lane& lane, const core::Deployment& deployment, const core::RoutingTable& table) {
    if (lane.key < 0) return {};
    const auto& provider = table.config().providers[static_cast<std::size_t>(deployment.provider)];
    return provider.keys[static_cast<std::size_t>(lane.key)].name;
}

std::string lane_name(const core::Lane& lane, const core::Deployment& deployment, const core::RoutingTable& table) {
    return lane.key < 0 ? deployment.name : deployment.name + "#" + key_name(lane, deployment, table);
}

std::map<core::KeyId, std::string> key_targets(const core::RoutingTable& table) {
    std::map<core::KeyId, std::string> out;
    for (const core::Deployment& deployment : table.deployments()) {
        const auto& provider = table.config().providers[static_cast<std::size_t>(deployment.provider)];
        for (const core::Lane& lane : deployment.lanes) {
            if (lane.key >= 0) out[lane.key_id] = provider.name + "#" + key_name(lane, deployment, table);
        }
    }
    return out;
}

Result<NamedTarget> find_target(std::string_view name, const core::RoutingTable& table) {
    for (const core::Deployment& deployment : table.deployments()) {
        if (!name.starts_with(deployment.name)) continue;
        NamedTarget out{std::string(name), &deployment, {}};
        for (const core::Lane& lane : deployment.lanes) {
            if (name == deployment.name || name == lane_name(lane, deployment, table)) out.lanes.push_back(&lane);
        }
        if (!out.lanes.empty()) return out;
    }
    return std::unexpected(unknown(name, table, true));
}

Result<NamedTarget> find_deployment(std::string_view name, const core::RoutingTable& table) {
    auto found = find_target(name, table);
    if (!found) return std::unexpected(unknown(name, table, false));
    if (found->name != found->deployment->name) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("this concerns all keys of a deployment: write {}", found->deployment->name));
    }
    return found;
}

}  // namespace signalbox::control
