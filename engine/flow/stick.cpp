// `previous_response_id`: only the provider that made a response, called with the same key, can go on from it. Such a
// request is sent there and nowhere else: another target would answer that it knows no such response, or worse,
// anything.
#include <algorithm>

#include "engine/flow/dialect.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

// One lane of the table, with its deployment.
struct Found {
    const core::Deployment* deployment = nullptr;
    const core::Lane* lane = nullptr;
};

Found find_lane(const core::RoutingTable& table, core::LaneId id) {
    for (const core::Deployment& deployment : table.deployments()) {
        const auto lane = std::ranges::find(deployment.lanes, id, &core::Lane::id);
        if (lane != deployment.lanes.end()) return {&deployment, &*lane};
    }
    return {};
}

const core::Deployment& deployment_of(const Exchange& x, const core::Candidate& candidate) {
    return x.rules.table->deployments()[static_cast<std::size_t>(candidate.deployment)];
}

// Responses are kept for a key of a provider, whichever of its models made them.
bool shares_home(const Exchange& x, const core::Candidate& candidate, const Found& home) {
    return deployment_of(x, candidate).provider == home.deployment->provider && candidate.key_id == home.lane->key_id;
}

// Cuts the plan behind the first step that can go on there, and rules out every other lane. The very lane comes before
// another model of the same key. False: no step can.
bool stay_home(Exchange& x, const Found& home) {
    for (std::size_t i = 0; i < x.plan.steps.size(); ++i) {
        const std::vector<core::Candidate>& candidates = x.plan.steps[i].entry->candidates;
        auto place = std::ranges::find(candidates, home.lane->id, &core::Candidate::lane);
        if (place == candidates.end()) {
            place = std::ranges::find_if(
                candidates, [&](const core::Candidate& candidate) { return shares_home(x, candidate, home); });
        }
        if (place == candidates.end()) continue;
        x.plan.steps.resize(i + 1);
        stay_with(x, place->lane);
        return true;
    }
    return false;
}

// Who keeps no responses cannot have made it, unless nobody here does.
void rule_out_keepers_of_nothing(Exchange& x) {
    const std::vector<core::Candidate>& candidates = x.plan.steps.front().entry->candidates;
    const auto keeps = [&](const core::Candidate& candidate) {
        const int provider = deployment_of(x, candidate).provider;
        return serves_responses(x.config().providers[static_cast<std::size_t>(provider)]);
    };
    if (std::ranges::none_of(candidates, keeps)) return;
    for (const core::Candidate& candidate : candidates) {
        if (!keeps(candidate)) memory_of(x, candidate.lane).exhausted = true;
    }
}

}  // namespace

Result<void> stick(Exchange& x) {
    if (x.endpoint != protocol::Endpoint::responses || x.scan.previous_response.empty()) return {};
    x.sticky = true;
    const std::optional<ResponseHome> home = x.s.router.homes().find(x.scan.previous_response);
    if (!home) {  // made before this gateway started, or forgotten: the first choice knows it or says so
        x.plan.steps.resize(1);
        rule_out_keepers_of_nothing(x);
    } else if (home->account != x.record.account) {
        return fail(ErrorCode::invalid_parameter, "previous_response_id: there is no such response of this account");
    } else {
        const Found found = find_lane(*x.rules.table, home->lane);
        if (found.lane == nullptr || !stay_home(x, found)) {
            return fail(ErrorCode::no_target, "previous_response_id: the target that made that response serves '" +
                                                  x.scan.model +
                                                  "' no more; send the whole conversation to begin anew");
        }
    }
    if (x.plan.steps.size() == 1) x.plan.source = core::PlanSource::none;
    return {};
}

void stay_with(Exchange& x, core::LaneId home) {
    for (const core::PlanStep& step : x.plan.steps) {
        for (const core::Candidate& candidate : step.entry->candidates) {
            if (candidate.lane != home) memory_of(x, candidate.lane).exhausted = true;
        }
    }
}

void remember_home(const Exchange& x, const Attempt& a, std::string_view response_id) {
    x.s.router.homes().remember(response_id, {x.lane(a).id, x.record.account});
}

}  // namespace signalbox::flow
