// Providers, models, aliases and the chains between them.
#include <map>

#include "engine/base/limits.h"
#include "engine/core/config/names.h"
#include "engine/core/config/quantities.h"
#include "engine/core/config/suggest.h"
#include "engine/core/config/validate_parts.h"
#include "engine/core/drill/fault.h"

namespace signalbox::core {
namespace {

// Who is there to be named by others.
struct Directory {
    explicit Directory(const Config& from) : config(from) {
        for (const auto& provider : config.providers) providers.push_back(provider.name);
        for (const auto& model : config.models) models.emplace(model.name, &model);
        for (const auto& [name, model] : models) targets.emplace_back(name);
        for (const auto& [alias, target] : config.aliases) targets.push_back(alias);
    }
    [[nodiscard]] bool has_provider(std::string_view name) const {
        return std::ranges::find(providers, name) != providers.end();
    }
    [[nodiscard]] bool only_paints(std::string_view provider) const {
        const auto found = std::ranges::find(config.providers, provider, &ProviderConfig::name);
        return found != config.providers.end() && found->kind == ProviderKind::bfl;
    }
    // The entry under models that `name` leads to; nullptr when it is a provider/model or nothing.
    [[nodiscard]] const ModelConfig* model(std::string_view name) const {
        if (const auto alias = config.aliases.find(std::string(name)); alias != config.aliases.end())
            name = alias->second;
        const auto found = models.find(name);
        return found == models.end() ? nullptr : found->second;
    }
    [[nodiscard]] bool leads_somewhere(std::string_view name) const {
        return model(name) != nullptr || has_provider(name.substr(0, name.find('/')));
    }

    const Config& config;
    std::vector<std::string> providers, targets;
    std::map<std::string_view, const ModelConfig*> models;
};

// Faults a name nobody has, with the nearest that somebody has.
void add_unknown(FaultList& faults, std::string field, std::string_view word, std::string_view what,
                 std::span<const std::string> known) {
    if (faults.full()) return;
    const auto near = nearest(word, known, 2);
    faults.add(std::move(field), fmt::format("\"{}\" is not a {}", word, what),
               near.empty() ? std::string() : fmt::format("did you mean {}?", fmt::join(near, " or ")));
}

void check_header(FaultList& faults, const std::string& field, std::string_view name, std::string_view value) {
    constexpr auto ours =
        std::to_array<std::string_view>({"connection", "content-length", "expect", "host", "keep-alive", "te",
                                         "trailer", "transfer-encoding", "upgrade"});
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool token = !lower.empty() && std::ranges::all_of(lower, [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    });
    faults.require(token, field, "is not a header's name");
    faults.require(std::ranges::find(ours, lower) == ours.end(), field, "is set by the gateway itself", "remove it");
    faults.require(is_printable(value), field, "has a line break or another control character");
}

void check_keys(FaultList& faults, const std::string& field, const ProviderConfig& provider) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < provider.keys.size(); ++i) {
        const KeyConfig& key = provider.keys[i];
        const std::string path = fmt::format("{}.keys[{}]", field, i);
        check_name(faults, path + ".name", key.name);
        faults.unique(names, path + ".name", key.name);
        faults.require(!key.value.empty() && is_printable(key.value), path + ".value",
                       "is empty or has a control character");
        faults.positive(path + ".weight", key.weight);
        faults.positive(path + ".rpm", key.rpm);
        faults.positive(path + ".tpm", key.tpm);
    }
}

void check_azure(FaultList& faults, const std::string& field, const ProviderConfig& provider) {
    const bool azure = provider.kind == ProviderKind::azure;
    const auto in_version = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; };
    faults.require(provider.api_version.empty() || azure, field + ".api_version", "is Azure's only", "remove it");
    faults.require(std::ranges::all_of(provider.api_version, in_version), field + ".api_version",
                   "is not a version of Azure's API", "write YYYY-MM-DD or YYYY-MM-DD-preview");
    faults.require(!azure || !provider.base_url.contains("/deployments"), field + ".base_url", "names a deployment",
                   "end it before /openai, and name deployments under models");
}

void check_simulated(FaultList& faults, const std::string& field, const SimulatedConfig& simulated) {
    faults.not_negative(field + ".first_token", simulated.first_token);
    faults.positive(field + ".tokens_per_second", simulated.tokens_per_second);
    faults.within(field + ".slots", simulated.slots, 1, 100'000);
    faults.not_negative(field + ".load_time", simulated.load_time);
    faults.positive(field + ".memory", simulated.memory);
    faults.positive(field + ".kv_bytes_per_token", simulated.kv_bytes_per_token);
    std::vector<std::string_view> words{to_string(Fault::none)};
    for (const FaultInfo& fault : fault_catalogue()) words.push_back(fault.word);
    faults.one_of(field + ".fault.kind", simulated.fault.kind, words);
    faults.within(field + ".fault.share", simulated.fault.share, 0.0, 1.0);
}

void check_deployment(FaultList& faults, const std::string& field, const DeploymentConfig& deployment,
                      const Directory& directory) {
    if (deployment.provider.empty()) {
        faults.add(field + ".provider", "is missing");
    } else if (!directory.has_provider(deployment.provider)) {
        add_unknown(faults, field + ".provider", deployment.provider, "provider", directory.providers);
    }
    check_name(faults, field + ".model", deployment.model);
    faults.positive(field + ".weight", deployment.weight);
    faults.within(field + ".order", deployment.order, 0, 1000);
    faults.positive(field + ".context", deployment.context);
    faults.positive(field + ".max_output", deployment.max_output);
    if (deployment.price) {
        faults.not_negative(field + ".price.input", deployment.price->input);
        faults.not_negative(field + ".price.output", deployment.price->output);
        faults.not_negative(field + ".price.cached_input", deployment.price->cached_input);
        faults.not_negative(field + ".price.image", deployment.price->image);
    }
    faults.positive(field + ".max_in_flight", deployment.max_in_flight);
    faults.positive(field + ".rpm", deployment.rpm);
    faults.positive(field + ".tpm", deployment.tpm);
    faults.require(deployment.retires.empty() || is_date(deployment.retires), field + ".retires", "is not a date",
                   "write YYYY-MM-DD");
}

// `of` is the model that falls back; nullptr for the default chain.
void check_chain(FaultList& faults, const std::string& field, const std::vector<std::string>& chain,
                 const ModelConfig* of, const Directory& directory) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        const std::string path = fmt::format("{}[{}]", field, i);
        const ModelConfig* target = directory.model(chain[i]);
        faults.unique(seen, path, chain[i]);
        if (!directory.leads_somewhere(chain[i])) add_unknown(faults, path, chain[i], "model", directory.targets);
        if (of == nullptr || target == nullptr) continue;
        faults.require(target->name != of->name, path, "is the model itself", "remove it");
        faults.require(
            target->shape == of->shape, path,
            fmt::format("\"{}\" is of shape {}, not {}", chain[i], to_string(target->shape), to_string(of->shape)));
    }
}

void check_model(FaultList& faults, const std::string& field, const ModelConfig& model, const Directory& directory) {
    faults.require(!model.deployments.empty(), field + ".deployments", "is missing",
                   "name at least one provider and its model");
    faults.require(model.deployments.size() <= limits::targets_per_request, field + ".deployments",
                   fmt::format("has more than {} entries", limits::targets_per_request));
    std::set<std::string> seen;
    for (std::size_t i = 0; i < model.deployments.size(); ++i) {
        const DeploymentConfig& deployment = model.deployments[i];
        const std::string path = fmt::format("{}.deployments[{}]", field, i);
        check_deployment(faults, path, deployment, directory);
        faults.require(seen.insert(deployment.provider + '/' + deployment.model).second, path, "is in this list twice",
                       "keep one of them");
        faults.require(model.shape == Shape::image || !directory.only_paints(deployment.provider), path + ".provider",
                       "is of kind bfl, which only makes pictures", "write shape: image for this model");
    }
    check_chain(faults, field + ".fallbacks", model.fallbacks, &model, directory);
    check_chain(faults, field + ".context_fallbacks", model.context_fallbacks, &model, directory);
    check_deadlines(faults, field + ".deadlines", model.deadlines);
    check_hedge(faults, field + ".hedge", model.hedge);
    faults.positive(field + ".cache.ttl", model.cache.ttl);
}

}  // namespace

void validate_providers(const Config& config, FaultList& faults) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < config.providers.size(); ++i) {
        const ProviderConfig& provider = config.providers[i];
        const std::string field = fmt::format("providers[{}]", i);
        check_name(faults, field + ".name", provider.name);
        faults.unique(names, field + ".name", provider.name);
        faults.require(provider.name.find('/') == std::string::npos, field + ".name", "has a /",
                       "the / stands between provider and model");
        if (provider.kind == ProviderKind::simulated) {
            check_simulated(faults, field + ".simulated", provider.simulated);
        } else if (provider.base_url.empty()) {
            faults.add(field + ".base_url", "is missing", "write where the provider answers, such as https://host/v1");
        } else if (const auto url = parse_base_url(provider.base_url); !url) {
            faults.add(field + ".base_url", url.error().detail, "write http://HOST[:PORT][/PATH] or https://…");
        }
        check_azure(faults, field, provider);
        faults.require(
            provider.proxy.empty() || (provider.proxy.starts_with("http://") && is_printable(provider.proxy)),
            field + ".proxy", "is not an http:// URL", "write http://[USER:PASSWORD@]HOST:PORT");
        for (const auto& [name, value] : provider.headers)
            check_header(faults, fmt::format("{}.headers.{}", field, name), name, value);
        check_keys(faults, field, provider);
    }
}

void validate_models(const Config& config, FaultList& faults) {
    const Directory directory(config);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < config.models.size(); ++i) {
        const ModelConfig& model = config.models[i];
        const std::string field = fmt::format("models[{}]", i);
        check_name(faults, field + ".name", model.name);
        faults.unique(names, field + ".name", model.name);
        check_model(faults, field, model, directory);
    }
    for (const auto& [alias, target] : config.aliases) {
        const std::string field = "aliases." + alias;
        check_name(faults, field, alias);
        faults.require(!names.contains(alias), field, "is also the name of a model", "rename one of them");
        if (config.aliases.contains(target)) {
            faults.add(field, "leads to another alias", "name the model itself");
        } else if (!directory.leads_somewhere(target)) {
            add_unknown(faults, field, target, "model", directory.targets);
        }
    }
    check_chain(faults, "defaults.fallbacks", config.defaults.fallbacks, nullptr, directory);
}

}  // namespace signalbox::core
