#include "engine/core/config/doctor.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

#include "engine/base/glob.h"
#include "engine/core/config/describe.h"
#include "engine/core/config/doctor_parts.h"

namespace signalbox::core {
namespace {

using enum Severity;

constexpr auto rules = std::to_array<DoctorRule>({
    {"retired", error, doctor::retired},
    {"no_key_serves", error, doctor::no_key_serves},
    {"secret_reused", error, doctor::secret_reused},
    {"retires_soon", warning, doctor::retires_soon},
    {"single_target", warning, doctor::single_target},
    {"single_key", warning, doctor::single_key},
    {"single_provider", warning, doctor::single_provider},
    {"single_zone", warning, doctor::single_zone},
    {"fallback_shape", warning, doctor::fallback_shape},
    {"fallback_context", warning, doctor::fallback_context},
    {"no_context", warning, doctor::no_context},
    {"no_price", warning, doctor::no_price},
    {"headroom_without_rates", warning, doctor::headroom_without_rates},
    {"cost_without_prices", warning, doctor::cost_without_prices},
    {"deadlines_do_not_fit", warning, doctor::deadlines_do_not_fit},
    {"fallbacks_never_tried", warning, doctor::fallbacks_never_tried},
    {"retries_eat_fallbacks", warning, doctor::retries_eat_fallbacks},
    {"resume_without_attempts", warning, doctor::resume_without_attempts},
    {"hedge_without_room", warning, doctor::hedge_without_room},
    {"cache_with_little_room", warning, doctor::cache_with_little_room},
    {"key_twice", warning, doctor::key_twice},
    {"key_in_the_clear", warning, doctor::key_in_the_clear},
    {"key_matches_nothing", warning, doctor::key_matches_nothing},
    {"auth_optional", warning, doctor::auth_optional},
    {"account_without_models", warning, doctor::account_without_models},
    {"retires_later", hint, doctor::retires_later},
    {"no_max_in_flight", hint, doctor::no_max_in_flight},
    {"no_rates", hint, doctor::no_rates},
    {"control_without_tokens", hint, doctor::control_without_tokens},
    {"without_effect", hint, doctor::without_effect},
});
static_assert(std::ranges::is_sorted(rules, std::ranges::greater(), &DoctorRule::severity), "worst first");

void add_shared_keys(const Config& config, const Config& second, std::string_view other, Findings& out) {
    doctor::for_each_key(config, [&](const ProviderConfig& provider, const KeyConfig& key, const std::string& field) {
        doctor::for_each_key(second, [&](const ProviderConfig& theirs, const KeyConfig& same, const std::string&) {
            if (key.value.empty() || key.value != same.value) return;
            out.push_back({warning, "key_shared", fmt::format("{}#{}", provider.name, key.name), field + ".value",
                           fmt::format("is also {}#{} of {} ({}): one uses up the rates of the other", theirs.name,
                                       same.name, other, fingerprint(key.value)),
                           "give each gateway a key of its own"});
        });
    });
}

void add_auth_drift(const Config& config, const Config& second, std::string_view other, Findings& out) {
    const auto words = [](bool required) { return required ? "required" : "optional"; };
    if (config.gateway.auth_required != second.gateway.auth_required) {
        out.push_back({warning, "auth_differs", "gateway", "gateway.auth",
                       fmt::format("is {} here and {} in {}: what works there is refused here, or the other way round",
                                   words(config.gateway.auth_required), words(second.gateway.auth_required), other),
                       "ask for keys on both"});
    }
    if (config.control_tokens.empty() != second.control_tokens.empty()) {
        out.push_back({warning, "auth_differs", "control", "control_tokens",
                       fmt::format("are {} here and {} in {}", config.control_tokens.empty() ? "not needed" : "needed",
                                   second.control_tokens.empty() ? "not needed" : "needed", other),
                       "give both control tokens"});
    }
}

}  // namespace

std::span<const DoctorRule> doctor_rules() {
    return rules;
}

Findings examine(const Config& config, std::chrono::sys_days today) {
    Findings out;
    for (const DoctorRule& rule : rules) {
        const std::size_t before = out.size();
        rule.look(config, today, out);
        for (Finding& finding : std::span(out).subspan(before)) {
            finding.rule = rule.name;
            finding.severity = rule.severity;
        }
    }
    return out;
}

Findings compare(const Config& config, const Config& second, std::string_view other) {
    Findings out;
    add_auth_drift(config, second, other, out);
    add_shared_keys(config, second, other, out);
    return out;
}

std::string_view to_string(Severity severity) {
    constexpr auto words = std::to_array<std::string_view>({"hint", "warning", "error"});
    return words[static_cast<std::size_t>(severity)];
}

namespace doctor {

std::string field_of(const Config& config, const ModelConfig& model) {
    return fmt::format("models[{}]", &model - config.models.data());
}

const ProviderConfig* provider_named(const Config& config, std::string_view name) {
    const auto found = std::ranges::find(config.providers, name, &ProviderConfig::name);
    return found == config.providers.end() ? nullptr : &*found;
}

const ModelConfig* model_named(const Config& config, std::string_view name) {
    if (const auto alias = config.aliases.find(std::string(name)); alias != config.aliases.end()) name = alias->second;
    const auto found = std::ranges::find(config.models, name, &ModelConfig::name);
    return found == config.models.end() ? nullptr : &*found;
}

std::vector<Place> places_of(const Config& config, const ModelConfig& model) {
    std::vector<Place> out;
    for (const DeploymentConfig& deployment : model.deployments) {
        const ProviderConfig* provider = provider_named(config, deployment.provider);
        if (provider != nullptr) out.push_back({provider, deployment.model, &deployment});
    }
    return out;
}

const std::vector<std::string>& chain_of(const Config& config, const ModelConfig& model) {
    return model.fallbacks.empty() ? config.defaults.fallbacks : model.fallbacks;
}

std::vector<Place> reach_of(const Config& config, const ModelConfig& model) {
    std::vector<Place> out = places_of(config, model);
    for (const std::string& name : chain_of(config, model)) {
        const ModelConfig* next = model_named(config, name);
        if (next == &model) continue;
        if (next != nullptr && next->shape == model.shape) {
            std::ranges::copy(places_of(config, *next), std::back_inserter(out));
        } else if (next == nullptr) {
            const std::size_t slash = std::min(name.find('/'), name.size() - 1);
            const ProviderConfig* provider = provider_named(config, std::string_view(name).substr(0, slash));
            if (provider != nullptr) out.push_back({provider, name.substr(slash + 1), nullptr});
        }
    }
    return out;
}

std::vector<const KeyConfig*> keys_of(const Place& place) {
    std::vector<const KeyConfig*> out;
    for (const KeyConfig& key : place.provider->keys) {
        const bool serves = key.models.empty() || std::ranges::any_of(key.models, [&](const std::string& glob) {
                                return glob_match(glob, place.upstream);
                            });
        if (serves) out.push_back(&key);
    }
    return out;
}

bool is_self_hosted(ProviderKind kind) {
    switch (kind) {
        case ProviderKind::ollama:
        case ProviderKind::llamacpp:
        case ProviderKind::vllm:
        case ProviderKind::sglang:
        case ProviderKind::lmstudio:
        case ProviderKind::simulated:
            return true;
        default:
            return false;
    }
}

}  // namespace doctor
}  // namespace signalbox::core
