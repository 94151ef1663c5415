// A gateway that plays a script: it holds one fleet, answers calls through the event loop like a real one, and can
// stall.
#pragma once

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/api/gateway.h"

namespace signalbox::ui {

namespace v1 = api::v1;

class FakeGateway : public QObject, public api::Gateway {
    Q_OBJECT
  public:
    FakeGateway();

    // The fleet as it is; change it, then publish().
    v1::SnapshotResponse fleet;
    v1::InfoResponse info;
    bool hasTargets = true;                          // what PreviewOverride offers
    std::vector<v1::CreateOverrideRequest> created;  // every CreateOverride that arrived
    std::vector<v1::EndOverrideRequest> ended;
    std::vector<v1::ExtendOverrideRequest> extended;
    std::vector<v1::ActOnBreakerRequest> acted;
    std::vector<v1::DrainTargetRequest> drained;
    std::vector<v1::WarmTargetRequest> warmed;

    // Sends the fleet to every watcher, with the next sequence and the clock moved on by `seconds`.
    void publish(double seconds = 0.25);
    // Ends every stream, as a gateway that went away does.
    void hangUp(const std::string& why);
    // Calls of that method get no answer, a stream no first message, until they are released.
    void stall(const std::string& method) { m_stalled.insert(method); }
    void release(const std::string& method);
    void refuse(const std::string& method, api::Failure failure) { m_refused[method] = std::move(failure); }
    void accept(const std::string& method) { m_refused.erase(method); }
    std::size_t watchers() const { return m_sinks.size(); }
    int callsOf(const std::string& method) const;

    void call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                  api::AnyReply reply) override;
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo& method,
                                                     const google::protobuf::Message& request,
                                                     api::AnySink sink) override;

  private:
    struct Subscription;
    api::Answer<api::AnyMessage> answer(const api::MethodInfo& method, const google::protobuf::Message& request);
    void create(const v1::CreateOverrideRequest& request, v1::CreateOverrideResponse& response);
    v1::Override end(std::int64_t id);
    void act(const v1::ActOnBreakerRequest& request, v1::ActOnBreakerResponse& response);
    v1::Deployment change(const std::string& target, const std::function<void(v1::Deployment&)>& how);
    void preview(const std::string& from, v1::PreviewOverrideResponse& response) const;

    std::map<int, api::AnySink> m_sinks;
    std::set<std::string> m_stalled;
    std::multimap<std::string, std::function<void()>> m_held;  // the answers of stalled calls, by method
    std::map<std::string, api::Failure> m_refused;
    std::map<std::string, int> m_calls;
    std::vector<v1::Override> m_past;
    std::vector<v1::AuditEntry> m_audit;
    int m_nextSink = 0;
    std::int64_t m_nextOverride = 41;
};

// A fleet in trouble: of eight breakers one is open, one held open, one half-open; five models, no override.
v1::SnapshotResponse troubledFleet();

}  // namespace signalbox::ui
