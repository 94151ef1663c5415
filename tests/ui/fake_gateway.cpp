#include "tests/ui/fake_gateway.h"

#include <QPointer>

#include <algorithm>
#include <cmath>

namespace signalbox::ui {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t startUs = 1'800'000'000LL * second;

void addDeployment(v1::Model& model, const std::string& provider, const std::string& upstream, v1::BreakerState state) {
    auto& deployment = *model.add_deployments();
    deployment.set_name(provider + "/" + upstream);
    deployment.set_provider(provider);
    deployment.set_upstream_model(upstream);
    deployment.set_breaker(state);
    deployment.set_in_flight(4);
    deployment.set_in_flight_limit(40);
    deployment.set_weight(1);
}

v1::Model& addModel(v1::SnapshotResponse& fleet, const std::string& name, double rate, double served, double fallback) {
    auto& model = *fleet.add_models();
    model.set_name(name);
    model.set_shape("chat");
    model.set_requests_per_second(rate);
    model.set_served_percent(served);
    model.set_fallback_percent(fallback);
    model.set_first_token_p95_us(static_cast<std::int64_t>(420'000 + rate * 9000));
    model.set_queue_limit(64);
    return model;
}

v1::Breaker& addBreaker(v1::SnapshotResponse& fleet, const std::string& deployment, const std::string& model,
                        v1::BreakerState state) {
    auto& breaker = *fleet.add_breakers();
    breaker.set_deployment(deployment);
    breaker.set_key("main");
    breaker.set_target(deployment + "#main");
    breaker.set_model(model);
    breaker.set_state(state);
    breaker.set_since_unix_us(startUs - 4000 * second);
    breaker.set_samples(240);
    breaker.set_failure_percent(0.4);
    breaker.set_threshold_percent(50);
    breaker.set_health("full");
    return breaker;
}

void addTrouble(v1::SnapshotResponse& fleet) {
    auto& open = addBreaker(fleet, "openai/gpt-4o", "gpt-4o", v1::BREAKER_STATE_OPEN);
    open.set_since_unix_us(startUs - 131 * second);
    open.set_cause("upstream_rate_limited");
    open.set_cause_text("429 ×6 of 10 in 30 s: rate limit reached");
    open.set_next_probe_unix_us(startUs + 14 * second);
    open.set_failure_percent(60);
    open.set_samples(10);
    open.set_trips(3);
    open.set_diverted(1812);
    open.set_served_by("claude-sonnet");
    open.set_health("open");
    for (int at = 0; at < 6; ++at) {
        auto& evidence = *open.add_evidence();
        evidence.set_at_unix_us(startUs - (160 - at * 5) * second);
        evidence.set_code("upstream_rate_limited");
        evidence.set_status(429);
        evidence.set_request_id("01JD3X7Q2M8N4K6R9T0V1W2Y" + std::to_string(at));
    }
    auto& half = addBreaker(fleet, "local/llama-70b", "llama-70b", v1::BREAKER_STATE_HALF_OPEN);
    half.set_since_unix_us(startUs - 20 * second);
    half.set_cause("first_token_timeout");
    half.set_cause_text("no first token ×3 in a row");
    half.set_failure_percent(33.3);
    half.set_samples(9);
    half.set_trips(1);
    half.set_diverted(14);
    half.set_served_by("qwen-32b");
    auto& problem = *fleet.add_problems();
    problem.set_severity("critical");
    problem.set_kind("breaker_open");
    problem.set_object("openai/gpt-4o#main");
    problem.set_model("gpt-4o");
    problem.set_text("Breaker open: 429 ×6 of 10; served by claude-sonnet");
    problem.set_since_unix_us(startUs - 131 * second);
    auto& second_problem = *fleet.add_problems();
    second_problem.set_severity("warn");
    second_problem.set_kind("shedding");
    second_problem.set_object("llama-70b");
    second_problem.set_model("llama-70b");
    second_problem.set_text("Queue full: 3.1 requests/s are shed");
    second_problem.set_since_unix_us(startUs - 45 * second);
}

}  // namespace

v1::SnapshotResponse troubledFleet() {
    v1::SnapshotResponse fleet;
    fleet.set_now_unix_us(startUs);
    fleet.set_state(v1::GATEWAY_STATE_DEGRADED);
    fleet.set_state_reason("1 breaker open, 1 half-open");
    fleet.set_name("edge-1");
    fleet.set_region("eu-west");
    fleet.set_config_revision(7);
    auto& totals = *fleet.mutable_totals();
    totals.set_requests_per_second(41.2);
    totals.set_served_percent(98.1);
    totals.set_fallback_percent(11.4);
    totals.set_first_token_p95_us(1'210'000);
    totals.set_total_p50_us(1'900'000);
    totals.set_total_p99_us(8'400'000);
    totals.set_shed_per_second(3.1);
    totals.set_in_flight(38);
    totals.set_queued(12);
    totals.set_open_breakers(1);
    totals.set_half_open_breakers(1);
    totals.set_requests_total(1'234'567);
    totals.set_window_samples(2472);
    totals.set_failed_total(812);
    totals.set_cost_microusd_total(48'120'000);
    for (int at = 0; at < 60; ++at) {
        totals.add_requests_per_second_15m(34 + 6 * std::sin(at / 5.0) + (at > 45 ? 4 : 0));
        totals.add_errors_per_second_15m(at > 50 && at % 3 == 0 ? 1 : 0);
    }
    auto& gpt = addModel(fleet, "gpt-4o", 21.4, 97.4, 42.1);
    addDeployment(gpt, "openai", "gpt-4o", v1::BREAKER_STATE_OPEN);
    gpt.add_fallbacks("claude-sonnet");
    gpt.add_fallbacks("llama-70b");
    addDeployment(addModel(fleet, "claude-sonnet", 9.8, 99.9, 0.2), "anthropic", "claude-sonnet",
                  v1::BREAKER_STATE_CLOSED);
    auto& llama = addModel(fleet, "llama-70b", 6.1, 96.0, 4.4);
    addDeployment(llama, "local", "llama-70b", v1::BREAKER_STATE_HALF_OPEN);
    llama.set_queued(12);
    addDeployment(addModel(fleet, "qwen-32b", 2.7, 100, 0), "local", "qwen-32b", v1::BREAKER_STATE_CLOSED);
    auto& embed = addModel(fleet, "embed-small", 1.2, 100, 0);
    embed.set_shape("embedding");
    addDeployment(embed, "openai", "text-embedding-3-small", v1::BREAKER_STATE_CLOSED);
    addTrouble(fleet);
    addBreaker(fleet, "anthropic/claude-sonnet", "claude-sonnet", v1::BREAKER_STATE_CLOSED);
    addBreaker(fleet, "local/qwen-32b", "qwen-32b", v1::BREAKER_STATE_CLOSED);
    addBreaker(fleet, "openai/text-embedding-3-small", "embed-small", v1::BREAKER_STATE_CLOSED);
    return fleet;
}

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
    info.set_started_unix_us(startUs - 90'000 * second);
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
