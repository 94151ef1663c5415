#include "tests/ui/fake_gateway.h"

#include <QPointer>

#include <algorithm>

namespace signalbox::ui {

namespace {

constexpr std::int64_t second = 1'000'000;

}  // namespace

struct FakeGateway::Subscription : api::Subscription {
    Subscription(FakeGateway* to, int key) : gateway(to), id(key) {}
    ~Subscription() override {
        if (gateway) gateway->m_sinks.erase(id);
    }
    QPointer<FakeGateway> gateway;
    int id;
};

FakeGateway::FakeGateway() : fleet(troubledFleet()) {
    info.set_version("0.1.0");
    info.set_name("edge-1");
    info.set_region("eu-west");
    info.set_data_url("http://127.0.0.1:8080/v1");
    info.set_control_url("http://127.0.0.1:8081");
    info.set_started_unix_us(fleet.now_unix_us() - 90'000 * second);
    info.set_config_path("/etc/signalbox/signalbox.yaml");
    info.set_role("operator");
    info.set_actor("ana");
}

void FakeGateway::publish(double seconds) {
    fleet.set_sequence(fleet.sequence() + 1);
    fleet.set_now_unix_us(fleet.now_unix_us() + static_cast<std::int64_t>(seconds * 1e6));
    const auto sinks = m_sinks;
    for (const auto& [id, sink] : sinks) sink.next(fleet);
}

void FakeGateway::hangUp(const std::string& why) {
    const auto sinks = std::exchange(m_sinks, {});
    for (const auto& [id, sink] : sinks) sink.ended({ErrorCode::unavailable, why, 0});
}

int FakeGateway::callsOf(const std::string& method) const {
    const auto found = m_calls.find(method);
    return found == m_calls.end() ? 0 : found->second;
}

void FakeGateway::call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                           api::AnyReply reply) {
    const std::string name(method.name);
    ++m_calls[name];
    std::shared_ptr<google::protobuf::Message> copy(request.New());
    copy->CopyFrom(request);
    const bool stalled = m_stalled.contains(name);
    QTimer::singleShot(0, this, [this, &method, name, copy, stalled, reply = std::move(reply)] {
        auto answered = std::make_shared<api::Answer<api::AnyMessage>>(answer(method, *copy));
        if (!stalled) return reply(std::move(*answered));
        m_held.emplace(name, [reply, answered] { reply(std::move(*answered)); });
    });
}

void FakeGateway::release(const std::string& method) {
    m_stalled.erase(method);
    const auto [first, last] = m_held.equal_range(method);
    for (const auto& [name, answer] : std::multimap(first, last)) answer();
    m_held.erase(method);
}

std::unique_ptr<api::Subscription> FakeGateway::subscribe_any(const api::MethodInfo& method,
                                                              const google::protobuf::Message&, api::AnySink sink) {
    const int id = m_nextSink++;
    if (method.name == "Watch") {
        m_sinks[id] = std::move(sink);
        if (m_stalled.contains("Watch")) return std::make_unique<Subscription>(this, id);
        QTimer::singleShot(0, this, [this, id] {
            if (m_sinks.contains(id)) m_sinks[id].next(fleet);
        });
    }
    return std::make_unique<Subscription>(this, id);
}

api::Answer<api::AnyMessage> FakeGateway::answer(const api::MethodInfo& method,
                                                 const google::protobuf::Message& request) {
    const std::string name(method.name);
    auto response = method.new_response();
    if (name == "CreateOverride") created.push_back(static_cast<const v1::CreateOverrideRequest&>(request));
    if (const auto refused = m_refused.find(name); refused != m_refused.end()) return std::unexpected(refused->second);
    if (name == "Info") {
        response->CopyFrom(info);
    } else if (name == "CreateOverride") {
        create(created.back(), static_cast<v1::CreateOverrideResponse&>(*response));
    } else if (name == "EndOverride") {
        ended.push_back(static_cast<const v1::EndOverrideRequest&>(request));
        *static_cast<v1::EndOverrideResponse&>(*response).mutable_override() = end(ended.back().id());
    } else if (name == "ExtendOverride") {
        extended.push_back(static_cast<const v1::ExtendOverrideRequest&>(request));
        for (auto& override : *fleet.mutable_overrides()) {
            if (override.id() != extended.back().id()) continue;
            override.set_expires_unix_us(override.expires_unix_us() + extended.back().by_seconds() * second);
            *static_cast<v1::ExtendOverrideResponse&>(*response).mutable_override() = override;
        }
    } else if (name == "ActOnBreaker") {
        acted.push_back(static_cast<const v1::ActOnBreakerRequest&>(request));
        act(acted.back(), static_cast<v1::ActOnBreakerResponse&>(*response));
    } else if (name == "DrainTarget") {
        drained.push_back(static_cast<const v1::DrainTargetRequest&>(request));
        *static_cast<v1::DrainTargetResponse&>(*response).mutable_deployment() =
            change(drained.back().target(),
                   [this](v1::Deployment& deployment) { deployment.set_draining(!drained.back().end()); });
    } else if (name == "WarmTarget") {
        warmed.push_back(static_cast<const v1::WarmTargetRequest&>(request));
        *static_cast<v1::WarmTargetResponse&>(*response).mutable_deployment() =
            change(warmed.back().target(),
                   [](v1::Deployment& deployment) { deployment.mutable_slots()->set_phase(v1::SLOT_PHASE_WARMING); });
    } else if (name == "PreviewOverride") {
        preview(static_cast<const v1::PreviewOverrideRequest&>(request).from(),
                static_cast<v1::PreviewOverrideResponse&>(*response));
    } else if (name == "ListOverrides") {
        auto& list = *static_cast<v1::ListOverridesResponse&>(*response).mutable_overrides();
        for (const auto& override : fleet.overrides()) *list.Add() = override;
        for (const auto& override : m_past) *list.Add() = override;
    } else if (name == "ListAudit") {
        for (const auto& entry : m_audit) *static_cast<v1::ListAuditResponse&>(*response).add_entries() = entry;
    }
    return response;
}

void FakeGateway::create(const v1::CreateOverrideRequest& request, v1::CreateOverrideResponse& response) {
    v1::Override override;
    override.set_id(m_nextOverride++);
    override.set_kind("redirect");
    override.set_from(request.from());
    override.set_to(request.to());
    override.set_scope_account(request.scope_account());
    override.set_scope_tag(request.scope_tag());
    override.set_share_percent(request.share_percent());
    override.set_reason(request.reason());
    override.set_actor(request.actor());
    override.set_source(request.source());
    override.set_created_unix_us(fleet.now_unix_us());
    override.set_expires_unix_us(fleet.now_unix_us() + request.ttl_seconds() * second);
    override.set_state("active");
    *fleet.add_overrides() = override;
    for (auto& model : *fleet.mutable_models()) {
        if (model.name() == request.from()) model.set_redirected_to(request.to());
    }
    *response.mutable_override() = override;
    v1::AuditEntry entry;
    entry.set_id(override.id());
    entry.set_time_unix_us(fleet.now_unix_us());
    entry.set_actor(request.actor());
    entry.set_source("console");
    entry.set_action("create redirect");
    entry.set_object(request.from());
    entry.set_after("to " + request.to() + ", 100 %, 30 min");
    entry.set_reason(request.reason());
    entry.set_result("ok");
    m_audit.insert(m_audit.begin(), entry);
}

void FakeGateway::act(const v1::ActOnBreakerRequest& request, v1::ActOnBreakerResponse& response) {
    for (auto& breaker : *fleet.mutable_breakers()) {
        if (breaker.target() != request.target()) continue;
        breaker.set_since_unix_us(fleet.now_unix_us());
        if (request.act() == "hold_open" || request.act() == "hold_closed") {
            const bool open = request.act() == "hold_open";
            breaker.set_state(open ? v1::BREAKER_STATE_HELD_OPEN : v1::BREAKER_STATE_HELD_CLOSED);
            auto& hold = *breaker.mutable_hold();
            hold.set_state(breaker.state());
            hold.set_reason(request.reason());
            hold.set_actor(request.actor());
            hold.set_since_unix_us(fleet.now_unix_us());
            hold.set_expires_unix_us(fleet.now_unix_us() + request.ttl_seconds() * second);
        } else if (request.act() == "reset" || request.act() == "end_hold") {
            breaker.clear_hold();
            breaker.set_state(v1::BREAKER_STATE_CLOSED);
        } else {
            breaker.set_next_probe_unix_us(fleet.now_unix_us());
        }
        *response.add_breakers() = breaker;
    }
}

v1::Deployment FakeGateway::change(const std::string& target, const std::function<void(v1::Deployment&)>& how) {
    for (auto& model : *fleet.mutable_models()) {
        for (auto& deployment : *model.mutable_deployments()) {
            if (deployment.name() != target) continue;
            how(deployment);
            return deployment;
        }
    }
    return {};
}

v1::Override FakeGateway::end(std::int64_t id) {
    auto& overrides = *fleet.mutable_overrides();
    const auto found = std::ranges::find(overrides, id, [](const auto& o) { return o.id(); });
    if (found == overrides.end()) return {};
    v1::Override override = *found;
    override.set_state("ended");
    override.set_ended_unix_us(fleet.now_unix_us());
    override.set_ended_by("ana");
    overrides.erase(found);
    m_past.insert(m_past.begin(), override);
    return override;
}

void FakeGateway::preview(const std::string& from, v1::PreviewOverrideResponse& response) const {
    response.set_requests_per_minute(976);
    for (const auto* name : {"claude-sonnet", "qwen-32b", "llama-70b"}) {
        if (from == name || !hasTargets) continue;
        auto& target = *response.add_targets();
        target.set_model(name);
        target.set_breaker(target.model() == "llama-70b" ? v1::BREAKER_STATE_HALF_OPEN : v1::BREAKER_STATE_CLOSED);
        target.set_first_token_p95_us(610'000);
        target.set_cost_change_percent(target.model() == "claude-sonnet" ? 18 : -72);
        target.set_in_flight(6);
        target.set_in_flight_limit(40);
        if (target.model() == "llama-70b") target.set_warning("context 8k is smaller than 23 % of recent prompts");
    }
}

}  // namespace signalbox::ui
