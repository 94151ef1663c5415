#include "engine/core/config/without_effect.h"

#include "engine/core/config/diff.h"

namespace signalbox::core {
namespace {

void reset(ProviderConfig& provider) {
    const SimulatedConfig plain;
    provider.simulated.load_time = plain.load_time;
    provider.simulated.memory = plain.memory;
    provider.simulated.kv_bytes_per_token = plain.kv_bytes_per_token;
    for (KeyConfig& key : provider.keys) key.rpm = key.tpm = std::nullopt;
}

void reset(AccountConfig& account) {
    const AccountConfig plain;
    account.tier = plain.tier;
    account.priority = plain.priority;
    account.budget = plain.budget;
    account.budget_per = plain.budget_per;
    account.rpm = account.input_tpm = account.output_tpm = account.output_burst = std::nullopt;
}

void reset(DefaultsConfig& defaults) {
    const DefaultsConfig plain;
    defaults.drop_params = plain.drop_params;
    defaults.midstream = plain.midstream;
    defaults.cache.enabled = plain.cache.enabled;
    defaults.hedge.enabled = plain.hedge.enabled;
    defaults.ramp = plain.ramp;
    defaults.health.free_check = plain.health.free_check;
}

// The configuration that does the same and has nothing to say about what is not acted on.
Config obeyed(Config config) {
    for (ProviderConfig& provider : config.providers) reset(provider);
    for (ModelConfig& model : config.models) {
        for (DeploymentConfig& deployment : model.deployments)
            deployment.rpm = deployment.tpm = deployment.max_output = std::nullopt;
    }
    for (AccountConfig& account : config.accounts) reset(account);
    reset(config.defaults);
    config.history.bodies = HistoryConfig{}.bodies;
    for (std::string* text :
         {&config.alerts_webhook, &config.otlp_endpoint, &config.fleet_redis, &config.fleet_postgres})
        text->clear();
    return config;
}

}  // namespace

std::vector<std::string> fields_without_effect(const Config& config) {
    std::vector<std::string> paths = diff(obeyed(config), config);
    for (std::string& line : paths) line.erase(line.find(": "));  // names have no blanks
    return paths;
}

}  // namespace signalbox::core
