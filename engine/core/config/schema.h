// Every field of signalbox.yaml, said once: its name, its place, and how it is written. A visitor walks it to read a
// file (adapters/yaml), to print a configuration without its secrets (describe.h) or to compare two (diff.h).
//
// A visitor is called as visitor("name", target) for every field of one mapping, in this order. A target is a reference
// to a bool, int, std::int64_t, double, std::string, Nanos, MicroUsd, HostPort, an optional or vector of those, a
// struct with fields() below, or one of the wrappers of schema_targets.h. For printing, the references are const.
#pragma once

#include <type_traits>
#include <utility>

#include "engine/core/config/config.h"
#include "engine/core/config/names.h"
#include "engine/core/config/schema_targets.h"

namespace signalbox::core::schema {

void fields(auto& visit, Of<TlsFiles> auto& tls) {
    visit("cert", Path(tls.cert));
    visit("key", Path(tls.key));
    visit("client_ca", Path(tls.client_ca));
}

void fields(auto& visit, Of<GatewayConfig> auto& gateway) {
    visit("listen", gateway.listen);
    visit("control", gateway.control);
    visit("data_dir", Path(gateway.data_dir));
    visit("threads", gateway.threads);
    visit("auth", Word(gateway.auth_required, auth_names));
    visit("tls", gateway.tls);
    visit("limits", Group([&](auto& limits) {
              limits("body", Bytes(gateway.body_max));
              limits("header", Bytes(gateway.header_max));
              limits("connections", gateway.connections_max);
          }));
    visit("drain", gateway.drain);
}

void fields(auto& visit, Of<KeyConfig> auto& key) {
    visit("name", key.name);
    visit("value", Secret(key.value));
    visit("weight", key.weight);
    visit("rpm", key.rpm);
    visit("tpm", key.tpm);
    visit("models", key.models);
}

void fields(auto& visit, Of<SimulatedFault> auto& fault) {
    visit("kind", fault.kind);
    visit("share", fault.share);
}

void fields(auto& visit, Of<SimulatedConfig> auto& simulated) {
    visit("first_token", simulated.first_token);
    visit("tokens_per_second", simulated.tokens_per_second);
    visit("slots", simulated.slots);
    visit("load_time", simulated.load_time);
    visit("memory", Bytes(simulated.memory));
    visit("kv_bytes_per_token", simulated.kv_bytes_per_token);
    visit("fault", simulated.fault);
}

void fields(auto& visit, Of<ProviderConfig> auto& provider) {
    visit("name", provider.name);
    visit("kind", Word(provider.kind, provider_kind_names));
    visit("base_url", provider.base_url);
    visit("api_version", provider.api_version);
    visit("zone", provider.zone);
    visit("proxy", Secret(provider.proxy));
    visit("headers", Secret(provider.headers));
    visit("keys", provider.keys);
    visit("simulated", provider.simulated);
}

template <Of<Price> P>
void fields(auto& visit, P& price) {
    visit("input", price.input);
    visit("output", price.output);
    // Where no cached price is given, a cached token costs what a fresh one does.
    if constexpr (!std::is_const_v<P>) price.cached_input = price.input;
    visit("cached_input", price.cached_input);
    visit("image", price.image);
}

void fields(auto& visit, Of<DeploymentConfig> auto& deployment) {
    visit("provider", deployment.provider);
    visit("model", deployment.model);
    visit("weight", deployment.weight);
    visit("order", deployment.order);
    visit("context", deployment.context);
    visit("max_output", deployment.max_output);
    visit("price", deployment.price);
    visit("max_in_flight", deployment.max_in_flight);
    visit("rpm", deployment.rpm);
    visit("tpm", deployment.tpm);
    visit("retires", deployment.retires);
}

void fields(auto& visit, Of<Deadlines> auto& deadlines) {
    visit("connect", deadlines.connect);
    visit("headers", deadlines.headers);
    visit("first_token", deadlines.first_token);
    visit("idle", deadlines.idle);
    visit("total", deadlines.total);
}

void fields(auto& visit, Of<HedgeConfig> auto& hedge) {
    visit("enabled", hedge.enabled);
    visit("after", hedge.after);
    visit("budget", hedge.budget);
}

void fields(auto& visit, Of<ModelConfig> auto& model) {
    visit("name", model.name);
    visit("shape", Word(model.shape, shape_names));
    visit("strategy", Word(model.strategy, strategy_names));
    visit("deployments", model.deployments);
    visit("fallbacks", model.fallbacks);
    visit("context_fallbacks", model.context_fallbacks);
    visit("deadlines", model.deadlines);
    visit("hedge", model.hedge);
    visit("cache", Group([&](auto& cache) {
              cache("enabled", model.cache.enabled);
              cache("ttl", model.cache.ttl);
          }));
}

void fields(auto& visit, Of<Backoff> auto& backoff) {
    visit("first", backoff.first);
    visit("max", backoff.max);
    visit("jitter", backoff.jitter);
}

void fields(auto& visit, Of<HealthConfig> auto& health) {
    visit("structural_strikes", health.structural_strikes);
    visit("consecutive_faults", health.consecutive_faults);
    visit("failure_rate", health.failure_rate);
    visit("window", health.window);
    visit("open_min", health.open_min);
    visit("open_share_of_outage", health.open_share_of_outage);
    visit("open_max", health.open_max);
    visit("free_check", health.free_check);
}

void fields(auto& visit, Of<RampConfig> auto& ramp) {
    visit("min_base", ramp.min_base);
    visit("growth", ramp.growth);
    visit("period", ramp.period);
}

void fields(auto& visit, Of<DefaultsConfig> auto& defaults) {
    visit("fallbacks", defaults.fallbacks);
    visit("attempts", defaults.attempts);
    visit("same_target_retries", defaults.same_target_retries);
    visit("backoff", defaults.backoff);
    visit("deadlines", defaults.deadlines);
    visit("midstream", Word(defaults.midstream, midstream_names));
    visit("content_filter_fallback", defaults.content_filter_fallback);
    visit("drop_params", defaults.drop_params);
    visit("context_check", defaults.context_check);
    visit("cache", Group([&](auto& cache) {
              cache("enabled", defaults.cache.enabled);
              cache("ttl", defaults.cache.ttl);
              cache("max", Bytes(defaults.cache.max));
          }));
    visit("health", defaults.health);
    visit("ramp", defaults.ramp);
    visit("queue", Group([&](auto& queue) {
              queue("per_model", defaults.queue.per_model);
              queue("wait", defaults.queue.wait);
          }));
    visit("hedge", defaults.hedge);
}

void fields(auto& visit, Of<AccountConfig> auto& account) {
    visit("name", account.name);
    visit("key", Secret(account.key));
    visit("tier", account.tier);
    visit("rpm", account.rpm);
    visit("input_tpm", account.input_tpm);
    visit("output_tpm", account.output_tpm);
    visit("output_burst", account.output_burst);
    visit("budget", Group([&](auto& budget) {
              budget("usd", account.budget);
              budget("per", account.budget_per);
          }));
    visit("models", account.models);
    visit("priority", account.priority);
    visit("tags", account.tags);
}

void fields(auto& visit, Of<ControlToken> auto& token) {
    visit("name", token.name);
    visit("role", Word(token.role, role_names));
    visit("value", Secret(token.value));
}

void fields(auto& visit, Of<HistoryConfig> auto& history) {
    visit("retain", history.retain);
    visit("max", Bytes(history.max));
    visit("bodies", history.bodies);
}

void fields(auto& visit, Of<Config> auto& config) {
    visit("version", Version{});
    visit("gateway", config.gateway);
    visit("defaults", config.defaults);  // before the models, which start from these
    visit("providers", config.providers);
    ModelConfig fresh;
    fresh.deadlines = config.defaults.deadlines;
    fresh.hedge = config.defaults.hedge;
    fresh.cache = config.defaults.cache;
    visit("models", Items(config.models, std::move(fresh)));
    visit("aliases", config.aliases);
    visit("accounts", config.accounts);
    visit("control_tokens", config.control_tokens);
    visit("history", config.history);
    visit("alerts", Group([&](auto& alerts) { alerts("webhook", Secret(config.alerts_webhook)); }));
    visit("otlp", Group([&](auto& otlp) { otlp("endpoint", config.otlp_endpoint); }));
    visit("fleet", Group([&](auto& fleet) {
              fleet("redis", Secret(config.fleet_redis));
              fleet("postgres", Secret(config.fleet_postgres));
              fleet("name", config.fleet_name);
              fleet("region", config.fleet_region);
          }));
}

}  // namespace signalbox::core::schema
