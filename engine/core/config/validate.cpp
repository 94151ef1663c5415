#include "engine/core/config/validate.h"

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/core/config/names.h"
#include "engine/core/config/quantities.h"
#include "engine/core/config/validate_parts.h"

namespace signalbox::core {
namespace {

void check_tls(FaultList& faults, const TlsFiles& tls) {
    faults.require(tls.cert.empty() == tls.key.empty(), tls.cert.empty() ? "gateway.tls.cert" : "gateway.tls.key",
                   "is missing", "TLS needs both cert and key");
    faults.require(tls.client_ca.empty() || tls.enabled(), "gateway.tls.client_ca", "has no use without cert and key");
}

void check_reach(FaultList& faults, const Config& config) {
    const GatewayConfig& gateway = config.gateway;
    const std::string remedy = "listen on 127.0.0.1, or set what is missing";
    if (!is_loopback(gateway.listen.host))
        faults.require(gateway.auth_required && gateway.tls.enabled(), "gateway.listen",
                       "is reachable from other machines without `auth: required` and tls", remedy);
    if (!is_loopback(gateway.control.host))
        faults.require(!config.control_tokens.empty() && gateway.tls.enabled(), "gateway.control",
                       "is reachable from other machines without control_tokens and tls", remedy);
    faults.require(gateway.listen.port == 0 || gateway.listen.port != gateway.control.port ||
                       gateway.listen.host != gateway.control.host,
                   "gateway.control", "is the address of gateway.listen", "give each its own");
}

void check_health(FaultList& faults, const HealthConfig& health) {
    faults.within("defaults.health.structural_strikes", health.structural_strikes, 1, 1000);
    faults.within("defaults.health.consecutive_faults", health.consecutive_faults, 1, 1000);
    faults.positive("defaults.health.failure_rate", health.failure_rate);
    faults.require(health.failure_rate <= 1, "defaults.health.failure_rate", "must be at most 1");
    faults.within("defaults.health.window", health.window, 6, 1000);
    faults.positive("defaults.health.open_min", health.open_min);
    faults.require(health.open_max >= health.open_min, "defaults.health.open_max", "is shorter than open_min");
    faults.within("defaults.health.open_share_of_outage", health.open_share_of_outage, 0.0, 1.0);
    faults.positive("defaults.health.free_check", health.free_check);
}

// What an account may use and spend. Nobody means nothing: that is what `models` is for.
void check_limits(FaultList& faults, const std::string& field, const AccountConfig& account) {
    constexpr std::int64_t most = 1'000'000'000'000;  // per minute
    const std::pair<std::string_view, std::optional<std::int64_t>> rates[] = {{"rpm", account.rpm},
                                                                              {"input_tpm", account.input_tpm},
                                                                              {"output_tpm", account.output_tpm},
                                                                              {"output_burst", account.output_burst}};
    for (const auto& [name, rate] : rates) {
        if (rate) faults.within<std::int64_t>(fmt::format("{}.{}", field, name), *rate, 1, most);
    }
    faults.positive(field + ".budget.usd", account.budget);
    faults.require(account.budget_per >= 1min && account.budget_per <= 24h * 366, field + ".budget.per",
                   "must be from 1m to 366d");
}

void check_url(FaultList& faults, std::string_view field, std::string_view url,
               std::initializer_list<std::string_view> schemes) {
    const bool known = std::ranges::any_of(schemes, [&](std::string_view scheme) { return url.starts_with(scheme); });
    faults.require(url.empty() || (known && is_printable(url)), std::string(field), "is not a URL of a known kind",
                   fmt::format("start it with {}", fmt::join(schemes, " or ")));
}

}  // namespace

ConfigFaults validate(const Config& config) {
    FaultList faults;
    validate_gateway(config, faults);
    validate_providers(config, faults);
    validate_models(config, faults);
    validate_defaults(config, faults);
    validate_access(config, faults);
    validate_surroundings(config, faults);
    return faults.take();
}

ConfigFaults validate_reach(const Config& config) {
    FaultList faults;
    check_reach(faults, config);
    return faults.take();
}

bool is_printable(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void check_name(FaultList& faults, const std::string& field, std::string_view name) {
    faults.require(!name.empty(), field, "is missing");
    faults.require(name.size() <= limits::name_length_max, field,
                   fmt::format("is longer than {} bytes", limits::name_length_max));
    faults.require(is_plain_text(name) && name.find_first_of(" ,\"") == std::string_view::npos, field,
                   "has a blank, comma, quote or control character", "use letters, digits and - . _ : /");
}

void check_deadlines(FaultList& faults, const std::string& field, const Deadlines& deadlines) {
    const std::pair<std::string_view, Nanos> parts[] = {{"connect", deadlines.connect},
                                                        {"headers", deadlines.headers},
                                                        {"first_token", deadlines.first_token},
                                                        {"idle", deadlines.idle}};
    faults.positive(field + ".total", deadlines.total);
    for (const auto& [name, value] : parts) {
        const std::string path = fmt::format("{}.{}", field, name);
        faults.positive(path, value);
        faults.require(value <= deadlines.total, path, "is longer than total", "shorten it, or raise total");
    }
}

void check_hedge(FaultList& faults, const std::string& field, const HedgeConfig& hedge) {
    const bool some_time = parse_percentile(hedge.after) || parse_duration(hedge.after).value_or(Nanos{}) > Nanos{};
    faults.require(some_time, field + ".after", "is neither a percentile nor a duration", "write p95 or 2s");
    faults.within(field + ".budget", hedge.budget, 0.0, 1.0);
}

void validate_gateway(const Config& config, FaultList& faults) {
    const GatewayConfig& gateway = config.gateway;
    check_tls(faults, gateway.tls);
    check_reach(faults, config);
    faults.require(!gateway.auth_required || !config.accounts.empty(), "gateway.auth",
                   "is required, but nobody has a key", "add accounts, or write optional");
    faults.within("gateway.threads", gateway.threads, 0, 256);
    faults.within<std::int64_t>("gateway.limits.body", gateway.body_max, 1024, 1LL << 30);
    faults.within<std::int64_t>("gateway.limits.header", gateway.header_max, 1024, 16LL << 20);
    faults.within<std::int64_t>("gateway.limits.connections", gateway.connections_max, 1, 1'000'000);
    faults.not_negative("gateway.drain", gateway.drain);
}

void validate_defaults(const Config& config, FaultList& faults) {
    const DefaultsConfig& defaults = config.defaults;
    faults.within("defaults.attempts", defaults.attempts, 1, static_cast<int>(limits::attempts_max));
    faults.within("defaults.same_target_retries", defaults.same_target_retries, 0,
                  static_cast<int>(limits::attempts_max));
    faults.positive("defaults.backoff.first", defaults.backoff.first);
    faults.require(defaults.backoff.max >= defaults.backoff.first, "defaults.backoff.max", "is shorter than first");
    faults.within("defaults.backoff.jitter", defaults.backoff.jitter, 0.0, 1.0);
    check_deadlines(faults, "defaults.deadlines", defaults.deadlines);
    faults.positive("defaults.cache.ttl", defaults.cache.ttl);
    faults.positive("defaults.cache.max", defaults.cache.max);
    check_health(faults, defaults.health);
    faults.positive("defaults.ramp.min_base", defaults.ramp.min_base);
    faults.positive("defaults.ramp.growth", defaults.ramp.growth);
    faults.positive("defaults.ramp.period", defaults.ramp.period);
    faults.within("defaults.queue.per_model", defaults.queue.per_model, 0, 100'000);
    faults.not_negative("defaults.queue.wait", defaults.queue.wait);
    check_hedge(faults, "defaults.hedge", defaults.hedge);
}

void validate_access(const Config& config, FaultList& faults) {
    std::set<std::string_view> names, keys, token_names, tokens;
    for (std::size_t i = 0; i < config.accounts.size(); ++i) {
        const AccountConfig& account = config.accounts[i];
        const std::string field = fmt::format("accounts[{}]", i);
        check_name(faults, field + ".name", account.name);
        faults.unique(names, field + ".name", account.name);
        faults.require(!account.key.empty() && is_printable(account.key), field + ".key",
                       "is empty or has a control character");
        faults.unique(keys, field + ".key", account.key, true);
        faults.one_of(field + ".tier", account.tier, tier_names);
        faults.one_of(field + ".priority", account.priority, priority_names);
        check_limits(faults, field, account);
        for (const auto& [tag, value] : account.tags)
            faults.require(is_plain_text(tag + value) && (tag + value).find_first_of(",=") == std::string::npos,
                           fmt::format("{}.tags.{}", field, tag), "has a comma, an equals sign or a control character");
    }
    for (std::size_t i = 0; i < config.control_tokens.size(); ++i) {
        const ControlToken& token = config.control_tokens[i];
        const std::string field = fmt::format("control_tokens[{}]", i);
        check_name(faults, field + ".name", token.name);
        faults.unique(token_names, field + ".name", token.name);
        faults.require(!token.value.empty() && is_printable(token.value), field + ".value",
                       "is empty or has a control character");
        faults.unique(tokens, field + ".value", token.value, true);
    }
}

void validate_surroundings(const Config& config, FaultList& faults) {
    faults.positive("history.retain", config.history.retain);
    faults.positive("history.max", config.history.max);
    faults.one_of("history.bodies", config.history.bodies, body_names);
    check_url(faults, "alerts.webhook", config.alerts_webhook, {"https://", "http://"});
    check_url(faults, "otlp.endpoint", config.otlp_endpoint, {"https://", "http://"});
    check_url(faults, "fleet.redis", config.fleet_redis, {"redis://", "rediss://"});
    check_url(faults, "fleet.postgres", config.fleet_postgres, {"postgresql://", "postgres://"});
}

}  // namespace signalbox::core
