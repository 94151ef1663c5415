// Info, snapshots, metrics and the configuration.
#include "engine/base/limits.h"
#include "engine/control/doctor.h"
#include "engine/control/metrics.h"
#include "engine/control/service.h"
#include "engine/core/config/describe.h"

namespace signalbox::control {

api::Answer<v1::InfoResponse> Service::answer(const v1::InfoRequest&, const Caller& caller) {
    const core::Config& config = *config_.in_force();
    v1::InfoResponse out;
    out.set_version(facts_.version);
    out.set_name(config.fleet_name.empty() ? facts_.name : config.fleet_name);
    out.set_region(config.fleet_region);
    out.set_data_url(facts_.data_url);
    out.set_control_url(facts_.control_url);
    out.set_started_unix_us(started_.wall.unix_us);
    out.set_now_unix_us(at().wall.unix_us);
    out.set_config_revision(config.revision);
    out.set_config_path(facts_.config_path);
    out.set_demo(config.demo);
    out.set_data_dir(facts_.data_dir);
    out.set_pid(facts_.pid);
    out.set_auth_required(config.gateway.auth_required);
    out.set_role(std::string(core::to_string(caller.role)));
    out.set_actor(caller.actor);
    return out;
}

SnapshotInput Service::collect() {
    SnapshotInput in;
    in.at = at();
    in.sequence = sequence_;
    in.fleet = parts_.router.view();
    const std::string& fleet_name = in.fleet.table->config().fleet_name;
    in.name = fleet_name.empty() ? facts_.name : fleet_name;
    in.all = parts_.meter.all();
    in.durations = parts_.meter.durations();
    in.models = fold_aliases(parts_.meter.by_model(), *in.fleet.table);
    in.lifetime = parts_.meter.lifetime();
    in.overrides = overrides_.active(in.at);
    in.drills = drills_.active(in.at);
    in.holds = acts_.holds();
    in.drains = acts_.drains();
    in.free_checks = free_checks(*in.fleet.table);
    in.last_idle_refusal = parts_.meter.last_idle_refusal();
    in.truncated = find_truncated(parts_.meter.inputs_by_tag());
    in.connections = parts_.gauges.connections.load(std::memory_order_relaxed);
    in.in_flight = parts_.gauges.in_flight.load(std::memory_order_relaxed);
    in.cache = parts_.router.answers().figures();
    in.response_homes = static_cast<std::int64_t>(parts_.router.homes().size());
    in.draining = parts_.gauges.draining.load(std::memory_order_relaxed);
    in.history_shed = static_cast<std::int64_t>(parts_.meter.shed());
    in.config_problem = config_.problem();
    in.config_problem_since = config_.problem_since();
    in.restart_needed = config_.restart_needed();
    in.restart_needed_since = config_.restart_needed_since();
    in.without_effect = config_.without_effect();
    in.store_failure = store_failure_;
    in.store_failed_since = store_failed_since_;
    return in;
}

std::map<core::LaneId, FreeCheckNote> Service::free_checks(const core::RoutingTable& table) const {
    std::map<core::LaneId, FreeCheckNote> out;
    if (!parts_.hooks.free_check) return out;
    for (const core::Deployment& deployment : table.deployments()) {
        for (const core::Lane& lane : deployment.lanes) {
            if (auto note = parts_.hooks.free_check(lane.id)) out.emplace(lane.id, std::move(*note));
        }
    }
    return out;
}

const v1::SnapshotResponse& Service::snapshot() {
    const Instant now = parts_.clock.now();
    if (!snapshot_built_ || now - *snapshot_built_ >= limits::snapshot_every) {
        ++sequence_;
        snapshot_ = build_snapshot(collect());
        snapshot_built_ = now;
    }
    return snapshot_;
}

api::Answer<v1::SnapshotResponse> Service::answer(const v1::SnapshotRequest&, const Caller&) {
    return snapshot();
}

std::string Service::metrics() {
    const Lifetime lifetime = parts_.meter.lifetime();
    const auto models = parts_.meter.lifetime_by_model();
    const auto inputs = parts_.meter.inputs_by_tag();
    return metrics_text({snapshot(), lifetime, models, inputs, parts_.router.view(), facts_.version});
}

api::Answer<v1::GetConfigResponse> Service::answer(const v1::GetConfigRequest&, const Caller&) {
    v1::GetConfigResponse out;
    out.set_yaml(core::redacted_yaml(*config_.in_force()));
    out.set_revision(config_.in_force()->revision);
    out.set_path(facts_.config_path);
    return out;
}

api::Answer<v1::CheckConfigResponse> Service::answer(const v1::CheckConfigRequest& request, const Caller&) {
    return config_.check(request.yaml());
}

api::Answer<v1::DoctorResponse> Service::answer(const v1::DoctorRequest&, const Caller&) {
    return examine(*config_.in_force(), {started_, at(), snapshot()});
}

}  // namespace signalbox::control
