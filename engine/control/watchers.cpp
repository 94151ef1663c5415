#include "engine/control/watchers.h"

#include "engine/base/limits.h"

namespace signalbox::control {

namespace {

bool in_use(const flow::FleetView& view, const core::Deployment& deployment) {
    const auto id = static_cast<std::size_t>(deployment.id);
    return id < view.deployments.size() && view.deployments[id].in_flight > 0;
}

}  // namespace

Watchers::Watchers(const Parts& parts)
    : checks_({parts.clock, parts.network, parts.spawner, parts.random, parts.view, parts.note_free_check}),
      slots_({parts.clock, parts.network, parts.spawner, parts.random, parts.table,
              [view = parts.view](const core::Deployment& deployment) { return in_use(*view(), deployment); },
              parts.note_slots}),
      warmer_({parts.clock, parts.network, parts.spawner, slots_, parts.view}) {}

void Watchers::start() {
    checks_.start();
    slots_.start();
    warmer_.start();
}

void Watchers::stop() {
    checks_.stop();
    slots_.stop();
    warmer_.stop();
}

Hooks Watchers::hooks() {
    return {
        .warm = [this](const core::Deployment& deployment) { return warmer_.warm(deployment); },
        .heartbeat = [this](const api::v1::HeartbeatRequest& beat) { return take(beat); },
        .free_check = [this](core::LaneId lane) { return checks_.last(lane); },
    };
}

Result<api::v1::HeartbeatResponse> Watchers::take(const api::v1::HeartbeatRequest& beat) {
    const Result<void> taken = slots_.heartbeat(beat);
    if (!taken) return std::unexpected(taken.error());
    api::v1::HeartbeatResponse answer;
    answer.set_next_within_seconds(limits::heartbeat_every / 1s);
    for (const std::string& model : warmer_.wanted(beat.provider())) answer.add_load(model);
    return answer;
}

}  // namespace signalbox::control
