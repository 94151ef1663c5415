// The control API of one gateway, in process: what the embedded console calls and what the control server serves.
//
// Lives on the control loop; only the Gateway half may be called from other threads. Replies and sinks are called on
// the control loop's thread.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "engine/control/backend.h"
#include "engine/control/breaker_acts.h"
#include "engine/control/breaker_events.h"
#include "engine/control/config_reload.h"
#include "engine/control/drills.h"
#include "engine/control/hooks.h"
#include "engine/control/inbox.h"
#include "engine/control/meter.h"
#include "engine/control/overrides.h"
#include "engine/control/snapshot.h"
#include "engine/control/tail.h"
#include "engine/flow/router.h"
#include "engine/flow/services.h"
#include "engine/ports/spawner.h"

namespace signalbox::control {

// Everything outlives close().
struct ServiceParts {
    ports::Spawner& loop;
    ports::Clock& clock;
    ports::Store& store;
    Log& log;
    flow::Router& router;
    const flow::Gauges& gauges;
    Meter& meter;
    ConfigParts config;  // `apply` hands the configuration to the router and whoever else wants it
    Hooks hooks = {};
};

// What does not change while the gateway runs.
struct Facts {
    std::string version, name;  // name: of the host, where the configuration gives none
    std::string data_url, control_url;
    std::string config_path, data_dir;
    int pid = 0;
};

class Service final : public Backend, public api::Gateway {
  public:
    Service(ServiceParts parts, Facts facts, core::ConfigPtr config);
    // Control loop, or any thread after close().
    ~Service() override;

    // Puts stored overrides back into force and begins to watch. Error: store_failed.
    [[nodiscard]] Result<void> start();
    // Ends every stream; later calls answer with unavailable, at once and on the caller's thread. The loop's coroutines
    // of this service end by themselves; the loop may go before the last owner lets go of the service.
    void close();

    // A new text of the configuration file, as after SIGHUP. Errors: config_invalid, store_failed.
    Result<void> reload(const ConfigText& yaml, const Caller& caller);
    // For GET /metrics.
    [[nodiscard]] std::string metrics();

    void call_as(const Caller& caller, const api::MethodInfo& method, const google::protobuf::Message& request,
                 api::AnyReply reply) override;
    std::unique_ptr<api::Subscription> subscribe_as(const Caller& caller, const api::MethodInfo& method,
                                                    const google::protobuf::Message& request,
                                                    api::AnySink sink) override;

    // Any thread; on behalf of the local administrator.
    void call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                  api::AnyReply reply) override;
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo& method,
                                                     const google::protobuf::Message& request,
                                                     api::AnySink sink) override;

  private:
    struct Watcher;
    class WatchSubscription;
    // What posted work and coroutines hold instead of the service.
    struct Link {
        Service* service;  // nullptr once it is closed; control loop only
    };
    [[nodiscard]] static api::Failure stopping();

    // One overload per unary method; service_*.cpp, by subject.
    api::Answer<v1::InfoResponse> answer(const v1::InfoRequest& request, const Caller& caller);
    api::Answer<v1::SnapshotResponse> answer(const v1::SnapshotRequest& request, const Caller& caller);
    api::Answer<v1::QueryRequestsResponse> answer(const v1::QueryRequestsRequest& request, const Caller& caller);
    api::Answer<v1::GetRequestResponse> answer(const v1::GetRequestRequest& request, const Caller& caller);
    api::Answer<v1::PreviewOverrideResponse> answer(const v1::PreviewOverrideRequest& request, const Caller& caller);
    api::Answer<v1::CreateOverrideResponse> answer(const v1::CreateOverrideRequest& request, const Caller& caller);
    api::Answer<v1::ExtendOverrideResponse> answer(const v1::ExtendOverrideRequest& request, const Caller& caller);
    api::Answer<v1::EndOverrideResponse> answer(const v1::EndOverrideRequest& request, const Caller& caller);
    api::Answer<v1::ListOverridesResponse> answer(const v1::ListOverridesRequest& request, const Caller& caller);
    api::Answer<v1::StartDrillResponse> answer(const v1::StartDrillRequest& request, const Caller& caller);
    api::Answer<v1::StopDrillResponse> answer(const v1::StopDrillRequest& request, const Caller& caller);
    api::Answer<v1::ListDrillsResponse> answer(const v1::ListDrillsRequest& request, const Caller& caller);
    api::Answer<v1::ActOnBreakerResponse> answer(const v1::ActOnBreakerRequest& request, const Caller& caller);
    api::Answer<v1::DrainTargetResponse> answer(const v1::DrainTargetRequest& request, const Caller& caller);
    api::Answer<v1::WarmTargetResponse> answer(const v1::WarmTargetRequest& request, const Caller& caller);
    api::Answer<v1::HeartbeatResponse> answer(const v1::HeartbeatRequest& request, const Caller& caller);
    api::Answer<v1::ListAccountsResponse> answer(const v1::ListAccountsRequest& request, const Caller& caller);
    api::Answer<v1::ExplainResponse> answer(const v1::ExplainRequest& request, const Caller& caller);
    api::Answer<v1::GetConfigResponse> answer(const v1::GetConfigRequest& request, const Caller& caller);
    api::Answer<v1::CheckConfigResponse> answer(const v1::CheckConfigRequest& request, const Caller& caller);
    api::Answer<v1::DoctorResponse> answer(const v1::DoctorRequest& request, const Caller& caller);
    api::Answer<v1::ListAuditResponse> answer(const v1::ListAuditRequest& request, const Caller& caller);
    api::Answer<v1::ListEventsResponse> answer(const v1::ListEventsRequest& request, const Caller& caller);

    [[nodiscard]] api::Answer<api::AnyMessage> dispatch(const api::MethodInfo& method,
                                                        const google::protobuf::Message& request, const Caller& caller);
    [[nodiscard]] std::unique_ptr<api::Subscription> watch(api::AnySink sink);
    [[nodiscard]] SnapshotInput collect();
    [[nodiscard]] std::map<core::LaneId, FreeCheckNote> free_checks(const core::RoutingTable& table) const;
    const v1::SnapshotResponse& snapshot();  // at most limits::snapshot_every old
    void changed();                          // something an operator did: show it at once
    void tick_orders();
    void send_snapshots();
    void tell_breaker_events();
    void look_at_store();
    [[nodiscard]] Moment at() const { return {parts_.clock.now(), parts_.clock.wall()}; }
    static ports::Task<void> run(std::shared_ptr<Link> link, std::shared_ptr<ports::Alarm> alarm);
    [[nodiscard]] Instant next_wake();

    ServiceParts parts_;
    Facts facts_;
    Moment started_;
    Trail trail_;
    std::shared_ptr<Inbox> inbox_;
    Overrides overrides_;
    BreakerActs acts_;
    Drills drills_;
    ConfigReload config_;
    std::unique_ptr<Tail> tail_;  // empty after close()
    BreakerEvents breaker_events_;
    std::list<std::shared_ptr<Watcher>> watchers_;
    std::shared_ptr<Link> link_;
    std::shared_ptr<ports::Alarm> alarm_;
    Instant next_expiry_ = never;  // of an override, a hold or a drill
    std::string store_failure_;    // empty: the store writes
    WallTime store_failed_since_;
    std::int64_t sequence_ = 0;
    std::optional<Instant> snapshot_built_;
    v1::SnapshotResponse snapshot_;
};

}  // namespace signalbox::control
