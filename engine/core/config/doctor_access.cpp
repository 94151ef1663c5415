// Rules about secrets and about who may do what.
#include <map>

#include "engine/base/glob.h"
#include "engine/core/config/describe.h"
#include "engine/core/config/doctor_parts.h"
#include "engine/core/config/quantities.h"
#include "engine/core/config/without_effect.h"

namespace signalbox::core::doctor {
namespace {

std::string name_of(const ProviderConfig& provider, const KeyConfig& key) {
    return provider.name + '#' + key.name;
}

}  // namespace

void key_twice(const Config& config, Day, Findings& out) {
    std::map<std::string_view, std::string> first;  // by value
    for_each_key(config, [&](const ProviderConfig& provider, const KeyConfig& key, const std::string& field) {
        if (key.value.empty()) return;
        const auto [row, is_new] = first.emplace(key.value, name_of(provider, key));
        if (is_new) return;
        add(out, name_of(provider, key), field + ".value",
            fmt::format(
                "is the value of {} too ({}): neither knows what the other uses of its rates, and it is no second key",
                row->second, fingerprint(key.value)),
            "use a key of its own, or take one out");
    });
}

void secret_reused(const Config& config, Day, Findings& out) {
    std::map<std::string_view, std::string> owners;  // by value
    for_each_key(config, [&](const ProviderConfig& provider, const KeyConfig& key, const std::string&) {
        owners.emplace(key.value, name_of(provider, key));
    });
    const auto look = [&](const std::string& name, const std::string& value, const std::string& field) {
        const auto [row, is_new] = owners.emplace(value, name);
        if (!is_new)
            add(out, name, field, fmt::format("is also the secret of {} ({})", row->second, fingerprint(value)),
                "give each a secret of its own");
    };
    for (std::size_t i = 0; i < config.accounts.size(); ++i)
        look(config.accounts[i].name, config.accounts[i].key, fmt::format("accounts[{}].key", i));
    for (std::size_t i = 0; i < config.control_tokens.size(); ++i)
        look(config.control_tokens[i].name, config.control_tokens[i].value, fmt::format("control_tokens[{}].value", i));
}

void key_in_the_clear(const Config& config, Day, Findings& out) {
    for (std::size_t i = 0; i < config.providers.size(); ++i) {
        const ProviderConfig& provider = config.providers[i];
        const auto url = parse_base_url(provider.base_url);
        if (provider.keys.empty() || !url || url->tls || is_loopback(url->host)) continue;
        add(out, provider.name, fmt::format("providers[{}].base_url", i),
            fmt::format("sends keys and prompts to {} without TLS", url->host), "write https://");
    }
}

void key_matches_nothing(const Config& config, Day, Findings& out) {
    for_each_key(config, [&](const ProviderConfig& provider, const KeyConfig& key, const std::string& field) {
        bool used = key.models.empty(), any = false;
        for_each_deployment(config, [&](const ModelConfig&, const DeploymentConfig& deployment, const std::string&) {
            if (deployment.provider != provider.name) return;
            any = true;
            used = used || std::ranges::any_of(
                               key.models, [&](const std::string& glob) { return glob_match(glob, deployment.model); });
        });
        if (any && !used)
            add(out, name_of(provider, key), field + ".models", "match no deployment of this provider",
                "write the provider's own names of the models, or leave it out for all");
    });
}

void auth_optional(const Config& config, Day, Findings& out) {
    if (config.gateway.auth_required) return;
    const auto limited =
        std::ranges::find_if(config.accounts, [](const AccountConfig& one) { return one.budget.has_value(); });
    if (limited != config.accounts.end())
        add(out, "gateway", "gateway.auth",
            fmt::format("is optional: who leaves the key away escapes the budget of {} and of every other account",
                        limited->name),
            "write required");
}

void account_without_models(const Config& config, Day, Findings& out) {
    for (std::size_t i = 0; i < config.accounts.size(); ++i) {
        const AccountConfig& account = config.accounts[i];
        const auto may_ask = [&](std::string_view model) {
            return std::ranges::any_of(account.models,
                                       [&](const std::string& glob) { return glob_match(glob, model); });
        };
        // A name with a / needs no entry.
        const bool any =
            std::ranges::any_of(config.models, may_ask, &ModelConfig::name) ||
            std::ranges::any_of(account.models, [](const std::string& glob) { return glob.contains('/'); });
        if (!any)
            add(out, account.name, fmt::format("accounts[{}].models", i), "match no model there is",
                "name models as clients ask for them, or write \"*\"");
    }
}

void control_without_tokens(const Config& config, Day, Findings& out) {
    if (config.control_tokens.empty())
        add(out, "control", "control_tokens", "are not given: whoever is on this machine is administrator",
            "give each operator a token");
}

void without_effect(const Config& config, Day, Findings& out) {
    for (std::string& field : fields_without_effect(config)) {
        std::string object = field.substr(0, field.find_first_of(".["));
        add(out, std::move(object), std::move(field), "has no effect in this version",
            "take it out, or do not rely on it");
    }
}

}  // namespace signalbox::core::doctor
