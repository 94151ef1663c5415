// The fleet of the console's tests and pictures: one of everything an operator may meet.
#include <cmath>

#include "tests/ui/fake_gateway.h"

namespace signalbox::ui {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t gibibyte = 1024LL * 1024 * 1024;
constexpr std::int64_t startUs = 1'800'000'000LL * second;

v1::Deployment& addDeployment(v1::Model& model, const std::string& provider, const std::string& upstream,
                              v1::BreakerState state) {
    auto& deployment = *model.add_deployments();
    deployment.set_name(provider + "/" + upstream);
    deployment.set_provider(provider);
    deployment.set_upstream_model(upstream);
    deployment.set_breaker(state);
    deployment.set_in_flight(4);
    deployment.set_in_flight_limit(40);
    deployment.set_in_flight_ceiling(64);
    deployment.set_weight(1);
    deployment.set_near(true);
    return deployment;
}

// A provider in a cloud: it has a price and rate limits, and tells nothing of its slots.
v1::Deployment& addCloud(v1::Model& model, const std::string& provider, const std::string& upstream,
                         v1::BreakerState state, double inputDollars) {
    auto& deployment = addDeployment(model, provider, upstream, state);
    deployment.set_provider_kind(provider);
    deployment.set_context(128'000);
    deployment.set_price_input_microusd(static_cast<std::int64_t>(inputDollars * 1e6));
    deployment.set_price_output_microusd(static_cast<std::int64_t>(inputDollars * 4e6));
    deployment.set_first_token_ewma_us(610'000);
    deployment.set_tokens_per_second(71.5);
    deployment.set_headroom_percent(64);
    return deployment;
}

// A server of our own: it has slots and memory.
v1::Slots& addServer(v1::Model& model, const std::string& provider, const std::string& upstream, v1::SlotPhase phase,
                     v1::Provenance provenance, std::int64_t busy, std::int64_t total) {
    auto& deployment = addDeployment(model, provider, upstream, v1::BREAKER_STATE_CLOSED);
    deployment.set_zone("rack-a");
    deployment.set_context(32'768);
    deployment.set_first_token_ewma_us(380'000);
    deployment.set_tokens_per_second(38.2);
    deployment.set_in_flight(busy);
    auto& slots = *deployment.mutable_slots();
    slots.set_phase(phase);
    slots.set_provenance(provenance);
    slots.set_busy(busy);
    slots.set_total(total);
    slots.set_queued(0);
    slots.set_kv_provenance(provenance);
    slots.set_kv_bytes_per_token(327'680);
    slots.set_kv_budget_bytes(8 * gibibyte);
    slots.set_kv_expected_bytes(busy * gibibyte);
    slots.set_kv_worst_bytes(busy * 2 * gibibyte);
    slots.set_load_time_us(18 * second);
    slots.set_seen_unix_us(startUs - second);
    return slots;
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
    model.set_bytes_per_token(3.9 + rate / 100);
    model.set_estimate_error_percent(6.4);
    model.set_expected_output_tokens(412);
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
    breaker.set_in_flight(4);
    breaker.set_in_flight_ceiling(64);
    return breaker;
}

void addOpen(v1::SnapshotResponse& fleet) {
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
    open.set_in_flight(0);
    open.set_in_flight_ceiling(1);
    open.set_wasted(9);
    open.set_consecutive_faults(6);
    open.set_outage_began_unix_us(startUs - 160 * second);
    auto& check = *open.mutable_free_check();
    check.set_at_unix_us(startUs - 11 * second);
    check.set_verdict("dead");
    check.set_text("GET /v1/models answered 429");
    check.set_next_unix_us(startUs + 19 * second);
    for (int at = 0; at < 6; ++at) {
        auto& evidence = *open.add_evidence();
        evidence.set_at_unix_us(startUs - (160 - at * 5) * second);
        evidence.set_code("upstream_rate_limited");
        evidence.set_status(429);
        evidence.set_request_id("01JD3X7Q2M8N4K6R9T0V1W2Y" + std::to_string(at));
    }
}

void addHeld(v1::SnapshotResponse& fleet) {
    auto& held = addBreaker(fleet, "azure/gpt-4o", "gpt-4o", v1::BREAKER_STATE_HELD_OPEN);
    held.set_since_unix_us(startUs - 341 * second);
    held.set_served_by("claude-sonnet");
    held.set_diverted(204);
    held.set_in_flight(0);
    auto& hold = *held.mutable_hold();
    hold.set_state(v1::BREAKER_STATE_HELD_OPEN);
    hold.set_actor("bo");
    hold.set_reason("Bad output: answers in the wrong language");
    hold.set_since_unix_us(startUs - 341 * second);
    hold.set_expires_unix_us(startUs + 1459 * second);
}

void addHalfOpen(v1::SnapshotResponse& fleet) {
    auto& half = addBreaker(fleet, "local/llama-70b", "llama-70b", v1::BREAKER_STATE_HALF_OPEN);
    half.set_since_unix_us(startUs - 20 * second);
    half.set_cause("first_token_timeout");
    half.set_cause_text("no first token ×3 in a row");
    half.set_failure_percent(33.3);
    half.set_samples(9);
    half.set_trips(1);
    half.set_diverted(14);
    half.set_served_by("qwen-32b");
    half.set_health("half_open");
    half.set_in_flight(1);
    half.set_in_flight_ceiling(1);
    half.set_wasted(3);
}

// Closed, each in its own way: proven, ramping up, and with too few outcomes to say.
void addClosed(v1::SnapshotResponse& fleet) {
    addBreaker(fleet, "anthropic/claude-sonnet", "claude-sonnet", v1::BREAKER_STATE_CLOSED);
    addBreaker(fleet, "local/qwen-32b", "qwen-32b", v1::BREAKER_STATE_CLOSED);
    addBreaker(fleet, "openai/text-embedding-3-small", "embed-small", v1::BREAKER_STATE_CLOSED);
    auto& ramp = addBreaker(fleet, "rack-b/llama-70b", "llama-70b", v1::BREAKER_STATE_CLOSED);
    ramp.set_health("ramp");
    ramp.set_ramp_stage(2);
    ramp.set_ramp_stages(4);
    ramp.set_ramp_share_percent(12);
    ramp.set_samples(11);
    ramp.set_insufficient_evidence(true);
    ramp.set_in_flight(2);
    ramp.set_in_flight_ceiling(4);
    auto& young = addBreaker(fleet, "edge/qwen-32b", "qwen-32b", v1::BREAKER_STATE_CLOSED);
    young.set_samples(4);
    young.set_failure_percent(0);
    young.set_insufficient_evidence(true);
    young.set_in_flight(0);
}

void addProblems(v1::SnapshotResponse& fleet) {
    auto& open = *fleet.add_problems();
    open.set_severity("critical");
    open.set_kind("breaker_open");
    open.set_object("openai/gpt-4o#main");
    open.set_model("gpt-4o");
    open.set_text("Breaker open: 429 ×6 of 10; served by claude-sonnet");
    open.set_since_unix_us(startUs - 131 * second);
    auto& shedding = *fleet.add_problems();
    shedding.set_severity("warn");
    shedding.set_kind("shedding");
    shedding.set_object("llama-70b");
    shedding.set_model("llama-70b");
    shedding.set_text("Queue full: 3.1 requests/s are shed");
    shedding.set_since_unix_us(startUs - 45 * second);
}

void addCloudModels(v1::SnapshotResponse& fleet) {
    auto& gpt = addModel(fleet, "gpt-4o", 21.4, 97.4, 42.1);
    gpt.add_fallbacks("claude-sonnet");
    gpt.add_fallbacks("llama-70b");
    auto& openai = addCloud(gpt, "openai", "gpt-4o", v1::BREAKER_STATE_OPEN, 2.5);
    openai.set_in_flight(0);
    openai.set_in_flight_ceiling(1);
    openai.set_headroom_percent(0);
    addCloud(gpt, "azure", "gpt-4o", v1::BREAKER_STATE_HELD_OPEN, 2.5).set_retires("2027-02-03");
    auto& sonnet = addModel(fleet, "claude-sonnet", 9.8, 99.9, 0.2);
    sonnet.set_warm_deployments(1);
    auto& anthropic = addCloud(sonnet, "anthropic", "claude-sonnet", v1::BREAKER_STATE_CLOSED, 3);
    anthropic.set_in_flight(31);
    anthropic.set_near(false);
    anthropic.set_zone("us-east");
    auto& slots = *anthropic.mutable_slots();
    slots.set_phase(v1::SLOT_PHASE_WARM_BUSY);
    slots.set_provenance(v1::PROVENANCE_INFERRED);
    slots.set_busy(31);
    slots.set_source("our own traffic");
}

void addServedModels(v1::SnapshotResponse& fleet) {
    auto& llama = addModel(fleet, "llama-70b", 6.1, 96.0, 4.4);
    llama.set_queued(12);
    llama.set_warm_deployments(1);
    llama.set_cold_deployments(1);
    auto& full = addServer(llama, "local", "llama-70b", v1::SLOT_PHASE_WARM_BUSY, v1::PROVENANCE_MEASURED, 4, 4);
    full.set_queued(3);
    full.set_kv_worst_bytes(9 * gibibyte);
    full.set_source("llama.cpp /slots");
    llama.mutable_deployments(0)->set_breaker(v1::BREAKER_STATE_HALF_OPEN);
    addServer(llama, "rack-b", "llama-70b", v1::SLOT_PHASE_WARMING, v1::PROVENANCE_REPORTED, 0, 4)
        .set_source("heartbeat");
    auto& qwen = addModel(fleet, "qwen-32b", 2.7, 100, 0);
    qwen.set_warm_deployments(1);
    qwen.set_cold_deployments(1);
    auto& idle = addServer(qwen, "local", "qwen-32b", v1::SLOT_PHASE_WARM_IDLE, v1::PROVENANCE_MEASURED, 0, 2);
    idle.set_source("ollama /api/ps");
    idle.set_warm_until_unix_us(startUs + 240 * second);
    addServer(qwen, "edge", "qwen-32b", v1::SLOT_PHASE_COLD, v1::PROVENANCE_REPORTED, 0, 2).set_source("heartbeat");
    auto& stale = addServer(qwen, "edge-2", "qwen-32b", v1::SLOT_PHASE_WARM_BUSY, v1::PROVENANCE_MEASURED, 2, 2);
    stale.set_stale(true);
    stale.set_source("vllm /metrics");
    stale.set_trouble("connection refused");
    stale.set_seen_unix_us(startUs - 94 * second);
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
    addCloudModels(fleet);
    addServedModels(fleet);
    auto& embed = addModel(fleet, "embed-small", 1.2, 100, 0);
    embed.set_shape("embedding");
    embed.clear_expected_output_tokens();
    addCloud(embed, "openai", "text-embedding-3-small", v1::BREAKER_STATE_CLOSED, 0.02).clear_tokens_per_second();
    addOpen(fleet);
    addHeld(fleet);
    addHalfOpen(fleet);
    addClosed(fleet);
    addProblems(fleet);
    return fleet;
}

}  // namespace signalbox::ui
