// The typed configuration: what signalbox.yaml says, with every default filled in. Immutable once built; swapped whole.
// Reading it from YAML is adapters/yaml; checking it is core/config/validate.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/units.h"

namespace signalbox::core {

struct HostPort {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
};

struct TlsFiles {
    std::string cert, key, client_ca;
    [[nodiscard]] bool enabled() const { return !cert.empty(); }
};

struct GatewayConfig {
    HostPort listen{"127.0.0.1", 8080};
    HostPort control{"127.0.0.1", 8081};
    std::string data_dir;  // empty: the platform's default
    int threads = 0;       // 0: one loop per core
    bool auth_required = false;
    TlsFiles tls;
    std::int64_t body_max = 64LL * 1024 * 1024;  // bytes
    std::int64_t header_max = 64LL * 1024;       // bytes
    std::int64_t connections_max = 10000;
    Nanos drain = 30s;
};

enum class ProviderKind : std::uint8_t {
    openai,
    anthropic,
    azure,
    gemini,
    bfl,
    ollama,
    llamacpp,
    vllm,
    sglang,
    lmstudio,
    simulated
};

struct KeyConfig {
    std::string name;
    std::string value;  // secret: never printed, logged, or sent to the control API
    double weight = 1;
    std::optional<std::int64_t> rpm, tpm;
    std::vector<std::string> models;  // globs; empty: all
};

// One fault of the simulated provider; the words are the drill catalogue.
struct SimulatedFault {
    std::string kind = "none";
    double share = 0;  // of requests, 0..1
};

struct SimulatedConfig {
    Nanos first_token = 400ms;
    double tokens_per_second = 60;
    int slots = 4;
    Nanos load_time = 8s;
    std::int64_t memory = 64LL << 30;  // bytes
    std::int64_t kv_bytes_per_token = 49152;
    SimulatedFault fault;
};

struct ProviderConfig {
    std::string name;
    ProviderKind kind = ProviderKind::openai;
    std::string base_url;     // scheme://host[:port]/path, no trailing slash
    std::string api_version;  // azure; empty: the kind's default
    std::string zone;
    std::string proxy;
    std::map<std::string, std::string> headers;  // values may be secret
    std::vector<KeyConfig> keys;                 // empty: called without credentials
    SimulatedConfig simulated;
};

// Micro-dollars per million tokens; `image` per picture.
struct Price {
    MicroUsd input, output, cached_input;
    MicroUsd image{};
};

struct DeploymentConfig {
    std::string provider;
    std::string model;  // upstream name
    double weight = 1;
    int order = 1;
    std::optional<std::int64_t> context, max_output;  // tokens
    std::optional<Price> price;
    std::optional<std::int64_t> max_in_flight, rpm, tpm;
    std::string retires;  // YYYY-MM-DD
};

// A second attempt beside one that is late.
struct HedgeConfig {
    bool enabled = false;
    std::string after = "p95";  // of what such attempts usually take to their first content; or a duration
    double budget = 0.05;       // hedges per attempt that is none
};

struct Deadlines {
    Nanos connect = 5s, headers = 30s, first_token = 30s, idle = 30s, total = 600s;
};

// Are answers kept for requests that are the same to the byte, and for how long?
struct CacheRule {
    bool enabled = false;
    Nanos ttl = 300s;
};

enum class Shape : std::uint8_t { chat, embedding, image };
enum class Strategy : std::uint8_t { latency, weighted, least_busy, headroom, cost };
enum class Midstream : std::uint8_t { error, resume, hold };

struct ModelConfig {
    std::string name;
    Shape shape = Shape::chat;
    Strategy strategy = Strategy::latency;
    std::vector<DeploymentConfig> deployments;
    std::vector<std::string> fallbacks;
    std::vector<std::string> context_fallbacks;
    // `defaults` with this model's changes applied:
    Deadlines deadlines;
    HedgeConfig hedge;
    CacheRule cache;
};

struct Backoff {
    Nanos first = 250ms, max = 5s;
    double jitter = 0.2;
};

struct HealthConfig {
    int structural_strikes = 2;
    int consecutive_faults = 5;
    double failure_rate = 0.25;
    int window = 20;  // outcomes
    Nanos open_min = 5s;
    double open_share_of_outage = 0.5;
    Nanos open_max = 30min;
    Nanos free_check = 60s;
};

struct RampConfig {
    std::int64_t min_base = 1000;
    double growth = 0.25;
    Nanos period = 5min;
};

struct DefaultsConfig {
    std::vector<std::string> fallbacks;
    int attempts = 4;
    int same_target_retries = 1;
    Backoff backoff;
    Deadlines deadlines;
    Midstream midstream = Midstream::error;
    bool content_filter_fallback = false;
    bool drop_params = true;
    bool context_check = true;
    struct : CacheRule {
        std::int64_t max = 256LL << 20;  // bytes, all models together
    } cache;
    HealthConfig health;
    RampConfig ramp;
    struct {
        int per_model = 32;
        Nanos wait = 120s;
    } queue;
    HedgeConfig hedge;
};

struct AccountConfig {
    std::string name;
    std::string key;  // secret
    std::string tier = "consumer";
    std::optional<std::int64_t> rpm, input_tpm, output_tpm, output_burst;
    std::optional<MicroUsd> budget;
    Nanos budget_per = 24h;
    std::vector<std::string> models{"*"};  // globs
    std::string priority = "normal";
    std::map<std::string, std::string> tags;
};

enum class Role : std::uint8_t { viewer, operator_, admin };

struct ControlToken {
    std::string name;
    Role role = Role::viewer;
    std::string value;  // secret
};

struct HistoryConfig {
    Nanos retain = 24h * 30;
    std::int64_t max = 4LL << 30;  // bytes
    std::string bodies = "none";   // none | errors | all
};

struct Config {
    std::int64_t revision = 1;  // counts up with every applied change; not in the file
    bool demo = false;
    GatewayConfig gateway;
    std::vector<ProviderConfig> providers;
    std::vector<ModelConfig> models;
    std::map<std::string, std::string> aliases;
    DefaultsConfig defaults;
    std::vector<AccountConfig> accounts;
    std::vector<ControlToken> control_tokens;
    HistoryConfig history;
    std::string alerts_webhook, otlp_endpoint;
    std::string fleet_redis, fleet_postgres, fleet_name, fleet_region;
};
using ConfigPtr = std::shared_ptr<const Config>;

// Bytes that kept answers may fill; 0: none are kept for any model.
[[nodiscard]] std::int64_t cache_room(const Config& config);

[[nodiscard]] std::string_view to_string(ProviderKind kind);
[[nodiscard]] std::string_view to_string(Shape shape);
[[nodiscard]] std::string_view to_string(Strategy strategy);
[[nodiscard]] std::string_view to_string(Role role);

}  // namespace signalbox::core
