// Rules about limits, prices and time: what is not told, and what cannot fit.
#include "engine/core/config/doctor_parts.h"
#include "engine/core/config/quantities.h"

namespace signalbox::core::doctor {
namespace {

constexpr std::int64_t usual_answer = 64LL * 1024;  // bytes; a cache that holds less than a hundred is hardly one
constexpr std::int64_t answers_worth_keeping = 100;

std::string target_of(const DeploymentConfig& deployment) {
    return deployment.provider + '/' + deployment.model;
}

bool at_own_server(const Config& config, const DeploymentConfig& deployment) {
    const ProviderConfig* provider = provider_named(config, deployment.provider);
    return provider != nullptr && is_self_hosted(provider->kind);
}

bool has_rates(const ProviderConfig& provider, const DeploymentConfig* deployment) {
    const auto limited = [](const auto& one) { return one.rpm || one.tpm; };
    return (deployment != nullptr && limited(*deployment)) || std::ranges::any_of(provider.keys, limited);
}

// How many of its attempts may find only silence before the time is over.
std::int64_t silences_that_fit(const Deadlines& deadlines) {
    return deadlines.total / std::max(deadlines.first_token, Nanos(1));
}

}  // namespace

void no_context(const Config& config, Day, Findings& out) {
    if (!config.defaults.context_check) return;
    for_each_deployment(
        config, [&](const ModelConfig& model, const DeploymentConfig& deployment, const std::string& field) {
            if (deployment.context || model.shape == Shape::image) return;
            add(out, target_of(deployment), field + ".context", "is not given: whether a prompt fits cannot be checked",
                "write the size of its context window in tokens");
        });
}

void no_price(const Config& config, Day, Findings& out) {
    const auto budgeted =
        std::ranges::find_if(config.accounts, [](const AccountConfig& one) { return one.budget.has_value(); });
    if (budgeted == config.accounts.end()) return;
    for_each_deployment(config, [&](const ModelConfig&, const DeploymentConfig& deployment, const std::string& field) {
        if (deployment.price || at_own_server(config, deployment)) return;
        add(out, target_of(deployment), field + ".price",
            fmt::format("is not given: what {} spends there is taken from no budget", budgeted->name),
            "write the provider's price, or { input: 0, output: 0 } if it is free");
    });
}

void no_max_in_flight(const Config& config, Day, Findings& out) {
    for_each_deployment(config, [&](const ModelConfig&, const DeploymentConfig& deployment, const std::string& field) {
        const ProviderConfig* provider = provider_named(config, deployment.provider);
        if (provider == nullptr || !is_self_hosted(provider->kind) || provider->kind == ProviderKind::simulated) return;
        if (deployment.max_in_flight) return;
        add(out, target_of(deployment), field + ".max_in_flight",
            "is not given: until the server tells its slots, nothing keeps requests from piling up there",
            "write how many answers it gives at a time");
    });
}

void no_rates(const Config& config, Day, Findings& out) {
    for (std::size_t i = 0; i < config.providers.size(); ++i) {
        const ProviderConfig& provider = config.providers[i];
        if (is_self_hosted(provider.kind) || provider.keys.empty() || has_rates(provider, nullptr)) continue;
        bool told = false, used = false;
        for_each_deployment(config, [&](const ModelConfig&, const DeploymentConfig& one, const std::string&) {
            if (one.provider != provider.name) return;
            used = true;
            told = told || has_rates(provider, &one);
        });
        if (told || !used) continue;
        add(out, provider.name, fmt::format("providers[{}].keys", i),
            "have neither rpm nor tpm, and no deployment there has: how close its limits are is not known before a 429",
            "write the limits of your plan");
    }
}

void headroom_without_rates(const Config& config, Day, Findings& out) {
    for (const ModelConfig& model : config.models) {
        const auto places = places_of(config, model);
        const bool told = std::ranges::any_of(
            places, [](const Place& place) { return has_rates(*place.provider, place.deployment); });
        if (model.strategy != Strategy::headroom || told) continue;
        add(out, model.name, field_of(config, model) + ".strategy",
            "is headroom, and none of its targets has a rate to be measured against",
            "give the keys or deployments rpm and tpm, or choose latency");
    }
}

void cost_without_prices(const Config& config, Day, Findings& out) {
    for (const ModelConfig& model : config.models) {
        const bool priced =
            std::ranges::all_of(model.deployments, [](const DeploymentConfig& one) { return one.price.has_value(); });
        if (model.strategy != Strategy::cost || priced) continue;
        add(out, model.name, field_of(config, model) + ".strategy",
            "is cost, and not all of its deployments have a price", "give each a price, or choose latency");
    }
}

void deadlines_do_not_fit(const Config& config, Day, Findings& out) {
    for (const ModelConfig& model : config.models) {
        const auto targets = static_cast<std::int64_t>(reach_of(config, model).size());
        const std::int64_t wanted = std::min<std::int64_t>(config.defaults.attempts, targets);
        const std::int64_t fit = silences_that_fit(model.deadlines);
        if (wanted < 2 || fit >= wanted) continue;
        add(out, model.name, field_of(config, model) + ".deadlines.first_token",
            fmt::format("is {} of {} in total: after {} silent target{} no time is left for the {} there are",
                        format_duration(model.deadlines.first_token), format_duration(model.deadlines.total), fit,
                        fit == 1 ? "" : "s", targets),
            "shorten first_token, or raise total");
    }
}

void fallbacks_never_tried(const Config& config, Day, Findings& out) {
    if (config.defaults.attempts > 1) return;
    const bool has_chain =
        !config.defaults.fallbacks.empty() ||
        std::ranges::any_of(config.models, [](const ModelConfig& one) { return !one.fallbacks.empty(); });
    if (has_chain)
        add(out, "defaults", "defaults.attempts", "is 1: a fallback is never asked once a target has failed",
            "allow two attempts or more");
}

void retries_eat_fallbacks(const Config& config, Day, Findings& out) {
    const DefaultsConfig& defaults = config.defaults;
    if (defaults.attempts < 2 || defaults.same_target_retries + 1 < defaults.attempts) return;
    const bool has_others =
        std::ranges::any_of(config.models, [&](const ModelConfig& one) { return reach_of(config, one).size() > 1; });
    if (has_others)
        add(out, "defaults", "defaults.same_target_retries",
            fmt::format("is {}: a target that fails takes all {} attempts", defaults.same_target_retries,
                        defaults.attempts),
            "write 1 or 0, or raise attempts");
}

void resume_without_attempts(const Config& config, Day, Findings& out) {
    if (config.defaults.midstream == Midstream::resume && config.defaults.attempts < 2)
        add(out, "defaults", "defaults.midstream", "is resume, and with attempts: 1 nothing is left to resume with",
            "allow two attempts or more, or write error");
}

void hedge_without_room(const Config& config, Day, Findings& out) {
    for (const ModelConfig& model : config.models) {
        if (!model.hedge.enabled) continue;
        const std::string field = field_of(config, model) + ".hedge";
        if (model.hedge.budget <= 0) {
            add(out, model.name, field + ".budget", "is 0: no request is ever hedged", "allow a share, such as 0.05");
        } else if (reach_of(config, model).size() < 2) {
            add(out, model.name, field + ".enabled", "is on, and there is one target only",
                "add a deployment or a fallback, or turn it off");
        } else if (config.defaults.attempts < 2) {
            add(out, model.name, field + ".enabled", "is on, and with attempts: 1 there is none for a hedge",
                "allow two attempts or more, or turn it off");
        }
    }
}

void cache_with_little_room(const Config& config, Day, Findings& out) {
    const auto& cache = config.defaults.cache;
    if (cache.enabled && cache.max < answers_worth_keeping * usual_answer)
        add(out, "defaults", "defaults.cache.max",
            fmt::format("is {}: long answers push each other out", format_size(cache.max)), "give it 64MiB or more");
}

}  // namespace signalbox::core::doctor
