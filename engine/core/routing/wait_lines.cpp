#include "engine/core/routing/wait_lines.h"

#include <algorithm>

namespace signalbox::core {

void WaitLines::wait_for(std::string_view model, Ticket ticket, const std::vector<DeploymentId>& deployments) {
    const auto old = line_of_.find(ticket);
    if (old != line_of_.end() && old->second->first == deployments) return;
    leave(model, ticket);
    auto lines = models_.find(model);
    if (lines == models_.end()) lines = models_.emplace(std::string(model), Lines()).first;
    const auto line = lines->second.try_emplace(deployments).first;
    line->second.insert(ticket);
    line_of_.emplace(ticket, line);
}

void WaitLines::leave(std::string_view model, Ticket ticket) {
    const auto found = line_of_.find(ticket);
    if (found == line_of_.end()) return;
    const Lines::iterator line = found->second;
    line_of_.erase(found);
    line->second.erase(ticket);
    if (!line->second.empty()) return;
    const auto lines = models_.find(model);
    lines->second.erase(line);
    if (lines->second.empty()) models_.erase(lines);
}

std::span<const DeploymentId> WaitLines::reserved(std::string_view model, Ticket ticket, Ticket head) {
    const auto lines = models_.find(model);
    if (lines == models_.end() || ticket == head) return {};
    const auto of_head = line_of_.find(head);
    if (lines->second.size() == 1 && of_head != line_of_.end()) return of_head->second->first;  // as nearly always
    union_.clear();
    const auto add = [&](const Needs& needs) { union_.insert(union_.end(), needs.begin(), needs.end()); };
    for (const auto& [needs, tickets] : lines->second) {
        if (*tickets.begin() < ticket || tickets.contains(head)) add(needs);
    }
    std::ranges::sort(union_);
    return union_;
}

void WaitLines::firsts(std::vector<Ticket>& out) const {
    for (const auto& [model, lines] : models_) {
        for (const auto& [needs, tickets] : lines) out.push_back(*tickets.begin());
    }
}

}  // namespace signalbox::core
