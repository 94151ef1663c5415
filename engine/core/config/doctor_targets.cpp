// Rules about targets: what ends, what stands alone, what cannot stand in.
#include <charconv>
#include <set>

#include "engine/core/config/doctor_parts.h"

namespace signalbox::core::doctor {
namespace {

constexpr std::chrono::days notice{30};

// Precondition: is_date(text).
Day day_of(std::string_view text) {
    const auto number = [&](std::size_t from, std::size_t length) {
        int value = 0;
        std::from_chars(text.data() + from, text.data() + from + length, value);
        return value;
    };
    return std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
}

template <class Tell>
void for_each_retirement(const Config& config, Tell tell) {
    for_each_deployment(config, [&](const ModelConfig&, const DeploymentConfig& deployment, const std::string& field) {
        if (!deployment.retires.empty())
            tell(deployment, field + ".retires", deployment.provider + '/' + deployment.model);
    });
}

// Those that are at least and at most so many days away.
void tell_retirements(const Config& config, Day today, std::chrono::days least, std::chrono::days most, Findings& out) {
    for_each_retirement(config, [&](const DeploymentConfig& deployment, std::string field, std::string target) {
        const auto left = day_of(deployment.retires) - today;
        if (left < least || left > most) return;
        add(out, std::move(target), std::move(field),
            fmt::format("retires on {}, in {} day{}", deployment.retires, left.count(), left.count() == 1 ? "" : "s"),
            "add the model that follows it in good time, and let this one end as its fallback");
    });
}

// What all targets of a model have in common.
enum class WeakestLink : std::uint8_t { none, target, key, provider, zone };

template <class T>
bool all_same(const std::vector<T>& values) {
    return !values.empty() && std::ranges::all_of(values, [&](const T& one) { return one == values.front(); });
}

WeakestLink weakest_link(const std::vector<Place>& reach) {
    if (reach.empty()) return WeakestLink::none;
    if (reach.size() == 1) return WeakestLink::target;
    std::vector<std::string_view> keys, providers, zones;
    for (const Place& place : reach) {
        const auto serving = keys_of(place);
        for (const KeyConfig* key : serving) keys.push_back(key->value);
        if (serving.empty()) keys.emplace_back();
        providers.push_back(place.provider->name);
        zones.push_back(place.provider->zone);
    }
    if (all_same(keys) && !keys.front().empty()) return WeakestLink::key;
    if (all_same(providers)) return WeakestLink::provider;
    return all_same(zones) && !zones.front().empty() ? WeakestLink::zone : WeakestLink::none;
}

void tell_weakest_links(const Config& config, WeakestLink link, std::string_view problem, std::string_view remedy,
                        Findings& out) {
    for (const ModelConfig& model : config.models) {
        const auto reach = reach_of(config, model);
        if (weakest_link(reach) != link) continue;
        const Place& first = reach.front();
        add(out, model.name, field_of(config, model) + ".fallbacks",
            fmt::format(fmt::runtime(problem), fmt::arg("provider", first.provider->name),
                        fmt::arg("target", first.provider->name + '/' + first.upstream),
                        fmt::arg("zone", first.provider->zone)),
            std::string(remedy));
    }
}

// The largest of its deployments; 0: one of them does not say.
std::int64_t largest_context(const ModelConfig& model) {
    std::int64_t largest = 0;
    for (const DeploymentConfig& deployment : model.deployments) {
        if (!deployment.context) return 0;
        largest = std::max(largest, *deployment.context);
    }
    return largest;
}

}  // namespace

void retired(const Config& config, Day today, Findings& out) {
    for_each_retirement(config, [&](const DeploymentConfig& deployment, std::string field, std::string target) {
        if (day_of(deployment.retires) <= today)
            add(out, std::move(target), std::move(field), fmt::format("was retired on {}", deployment.retires),
                "move its traffic to the model that follows it, and take it out");
    });
}

void retires_soon(const Config& config, Day today, Findings& out) {
    tell_retirements(config, today, std::chrono::days(1), notice, out);
}

void retires_later(const Config& config, Day today, Findings& out) {
    tell_retirements(config, today, notice + std::chrono::days(1), std::chrono::days::max(), out);
}

void single_target(const Config& config, Day, Findings& out) {
    tell_weakest_links(config, WeakestLink::target, "nothing stands in for {target}, its only target",
                       "add a deployment, or name a fallback", out);
}

void single_key(const Config& config, Day, Findings& out) {
    tell_weakest_links(config, WeakestLink::key, "every target is behind the same key of {provider}",
                       "add a second key, or a fallback elsewhere", out);
}

void single_provider(const Config& config, Day, Findings& out) {
    tell_weakest_links(config, WeakestLink::provider, "every target is at the provider {provider}",
                       "name a fallback at another provider", out);
}

void single_zone(const Config& config, Day, Findings& out) {
    tell_weakest_links(config, WeakestLink::zone, "every target is in the zone {zone}",
                       "name a fallback in another zone", out);
}

void no_key_serves(const Config& config, Day, Findings& out) {
    for_each_deployment(config, [&](const ModelConfig&, const DeploymentConfig& deployment, const std::string& field) {
        const ProviderConfig* provider = provider_named(config, deployment.provider);
        if (provider == nullptr || provider->keys.empty()) return;
        if (!keys_of({provider, deployment.model, &deployment}).empty()) return;
        add(out, deployment.provider + '/' + deployment.model, field + ".model",
            fmt::format("no key of {} may ask for it: the `models` of each leave it out", provider->name),
            "add it to the `models` of a key, or take the deployment out");
    });
}

void fallback_shape(const Config& config, Day, Findings& out) {
    std::set<Shape> asked;
    for (const ModelConfig& model : config.models) {
        if (model.fallbacks.empty()) asked.insert(model.shape);
    }
    for (std::size_t i = 0; i < config.defaults.fallbacks.size(); ++i) {
        const ModelConfig* model = model_named(config, config.defaults.fallbacks[i]);
        if (model == nullptr || asked.empty() || asked.contains(model->shape)) continue;
        add(out, model->name, fmt::format("defaults.fallbacks[{}]", i),
            fmt::format("is of shape {}, which no model that uses this chain has", to_string(model->shape)),
            "name a model of their shape, or take it out");
    }
}

void fallback_context(const Config& config, Day, Findings& out) {
    for (const ModelConfig& model : config.models) {
        const std::int64_t own = largest_context(model);
        const auto& chain = chain_of(config, model);
        if (own == 0 || chain.empty() || !model.context_fallbacks.empty() || model.deployments.size() > 1) continue;
        std::int64_t largest = 0;
        for (const std::string& name : chain) {
            const ModelConfig* next = model_named(config, name);
            if (next == &model) continue;
            const std::int64_t its = next == nullptr ? 0 : largest_context(*next);
            largest = std::max(largest, its == 0 ? own : its);  // who does not say may be large enough
        }
        if (largest == 0 || largest >= own) continue;
        add(out, model.name, field_of(config, model) + ".fallbacks",
            fmt::format("prompts of more than {} of its {} tokens fit no fallback", largest, own),
            "name a fallback with as large a context");
    }
}

}  // namespace signalbox::core::doctor
