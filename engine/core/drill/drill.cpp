#include "engine/core/drill/drill.h"

#include <algorithm>

namespace signalbox::core {
namespace {

// "of" or "of#key".
bool names(std::string_view target, std::string_view of, std::string_view key) {
    if (!target.starts_with(of)) return false;
    target.remove_prefix(of.size());
    return target.empty() || (!key.empty() && target.front() == '#' && target.substr(1) == key);
}

bool concerns(const ActiveDrill& row, const DrillQuestion& question) {
    return names(row.target, question.provider, question.key) || names(row.target, question.deployment, question.key) ||
           row.target == question.model;
}

bool is_spared(const ActiveDrill& row, const DrillQuestion& question) {
    if (row.fault == Fault::rejects_prefill && !question.prefill) return true;
    if (row.fault == Fault::flapping && rests_between_flaps(question.now)) return true;
    if (row.header_only) return question.header != to_string(row.fault);
    return drill_draw(question.request_id, row.id) >= row.share_percent;
}

}  // namespace

const ActiveDrill* DrillTable::match(const DrillQuestion& question) const {
    const auto strikes_it = [&](const ActiveDrill& row) {
        return concerns(row, question) && question.now < row.expires && !is_spared(row, question);
    };
    const auto row = std::ranges::find_if(rows, strikes_it);
    return row == rows.end() ? nullptr : &*row;
}

std::vector<LaneId> lanes_of(std::string_view target, const RoutingTable& table) {
    const ModelEntry* model = table.find(target);
    std::vector<LaneId> lanes;
    for (std::size_t i = 0; i < table.deployments().size(); ++i) {
        const Deployment& deployment = table.deployments()[i];
        const ProviderConfig& provider = table.config().providers[static_cast<std::size_t>(deployment.provider)];
        const auto is_it = [i](const Target& one) { return static_cast<std::size_t>(one.deployment) == i; };
        const bool of_model = model != nullptr && !model->implicit && std::ranges::any_of(model->targets, is_it);
        for (const Lane& lane : deployment.lanes) {
            const std::string_view key =
                lane.key < 0 ? std::string_view() : provider.keys[static_cast<std::size_t>(lane.key)].name;
            if (of_model || names(target, deployment.name, key) || names(target, provider.name, key)) {
                lanes.push_back(lane.id);
            }
        }
    }
    return lanes;
}

// FNV-1a: equal on every machine, and one flipped character changes everything.
int drill_draw(std::string_view request_id, std::int64_t drill) {
    std::uint64_t hash = 14695981039346656037ULL ^ static_cast<std::uint64_t>(drill);
    for (const char c : request_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return static_cast<int>((hash >> 32) % 100);
}

}  // namespace signalbox::core
