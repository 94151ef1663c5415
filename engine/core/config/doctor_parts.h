// The rules of the doctor, by subject; and what they share. See doctor.h.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/config/doctor.h"

namespace signalbox::core::doctor {

using Day = std::chrono::sys_days;

inline void add(Findings& out, std::string object, std::string field, std::string problem, std::string remedy) {
    out.push_back({{}, {}, std::move(object), std::move(field), std::move(problem), std::move(remedy)});
}

// Where a request may be sent: an entry under `deployments`, or `provider/model` without one.
struct Place {
    const ProviderConfig* provider = nullptr;
    std::string upstream;                          // model
    const DeploymentConfig* deployment = nullptr;  // nullptr: no entry
};
[[nodiscard]] std::string field_of(const Config& config, const ModelConfig& model);  // "models[2]"
[[nodiscard]] const ProviderConfig* provider_named(const Config& config, std::string_view name);
// Behind aliases; nullptr: provider/model without an entry.
[[nodiscard]] const ModelConfig* model_named(const Config& config, std::string_view name);
[[nodiscard]] std::vector<Place> places_of(const Config& config, const ModelConfig& model);
// Its own chain, or the default one.
[[nodiscard]] const std::vector<std::string>& chain_of(const Config& config, const ModelConfig& model);
// The model's own places, then those of its chain with the same shape.
[[nodiscard]] std::vector<Place> reach_of(const Config& config, const ModelConfig& model);
// Keys of the place's provider that may ask for its model.
[[nodiscard]] std::vector<const KeyConfig*> keys_of(const Place& place);

// A server of one's own: no key, no price, no rates.
[[nodiscard]] bool is_self_hosted(ProviderKind kind);

// Calls visit(model, deployment, field) for every deployment.
template <class Visit>
void for_each_deployment(const Config& config, Visit visit) {
    for (std::size_t i = 0; i < config.models.size(); ++i) {
        const ModelConfig& model = config.models[i];
        for (std::size_t k = 0; k < model.deployments.size(); ++k)
            visit(model, model.deployments[k], fmt::format("models[{}].deployments[{}]", i, k));
    }
}
template <class Visit>
void for_each_key(const Config& config, Visit visit) {
    for (std::size_t i = 0; i < config.providers.size(); ++i) {
        const ProviderConfig& provider = config.providers[i];
        for (std::size_t k = 0; k < provider.keys.size(); ++k)
            visit(provider, provider.keys[k], fmt::format("providers[{}].keys[{}]", i, k));
    }
}

// doctor_targets.cpp
void retired(const Config& config, Day today, Findings& out);
void retires_soon(const Config& config, Day today, Findings& out);
void retires_later(const Config& config, Day today, Findings& out);
void single_target(const Config& config, Day today, Findings& out);
void single_key(const Config& config, Day today, Findings& out);
void single_provider(const Config& config, Day today, Findings& out);
void single_zone(const Config& config, Day today, Findings& out);
void no_key_serves(const Config& config, Day today, Findings& out);
void fallback_shape(const Config& config, Day today, Findings& out);
void fallback_context(const Config& config, Day today, Findings& out);

// doctor_limits.cpp
void no_context(const Config& config, Day today, Findings& out);
void no_price(const Config& config, Day today, Findings& out);
void no_max_in_flight(const Config& config, Day today, Findings& out);
void no_rates(const Config& config, Day today, Findings& out);
void headroom_without_rates(const Config& config, Day today, Findings& out);
void cost_without_prices(const Config& config, Day today, Findings& out);
void deadlines_do_not_fit(const Config& config, Day today, Findings& out);
void fallbacks_never_tried(const Config& config, Day today, Findings& out);
void retries_eat_fallbacks(const Config& config, Day today, Findings& out);
void resume_without_attempts(const Config& config, Day today, Findings& out);
void hedge_without_room(const Config& config, Day today, Findings& out);
void cache_with_little_room(const Config& config, Day today, Findings& out);

// doctor_access.cpp
void key_twice(const Config& config, Day today, Findings& out);
void secret_reused(const Config& config, Day today, Findings& out);
void key_in_the_clear(const Config& config, Day today, Findings& out);
void key_matches_nothing(const Config& config, Day today, Findings& out);
void auth_optional(const Config& config, Day today, Findings& out);
void account_without_models(const Config& config, Day today, Findings& out);
void control_without_tokens(const Config& config, Day today, Findings& out);
void without_effect(const Config& config, Day today, Findings& out);

}  // namespace signalbox::core::doctor
