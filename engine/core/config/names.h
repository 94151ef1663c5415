// How the closed choices of the configuration are spelled. One table per choice, used by reading and by printing.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "engine/core/config/config.h"

namespace signalbox::core {

template <class T>
struct Named {
    T value;
    std::string_view word;
};

inline constexpr auto provider_kind_names = std::to_array<Named<ProviderKind>>({
    {ProviderKind::openai, "openai"},
    {ProviderKind::anthropic, "anthropic"},
    {ProviderKind::azure, "azure"},
    {ProviderKind::gemini, "gemini"},
    {ProviderKind::bfl, "bfl"},
    {ProviderKind::ollama, "ollama"},
    {ProviderKind::llamacpp, "llamacpp"},
    {ProviderKind::vllm, "vllm"},
    {ProviderKind::sglang, "sglang"},
    {ProviderKind::lmstudio, "lmstudio"},
    {ProviderKind::simulated, "simulated"},
});
inline constexpr auto shape_names = std::to_array<Named<Shape>>({
    {Shape::chat, "chat"},
    {Shape::embedding, "embedding"},
    {Shape::image, "image"},
});
inline constexpr auto strategy_names = std::to_array<Named<Strategy>>({
    {Strategy::latency, "latency"},
    {Strategy::weighted, "weighted"},
    {Strategy::least_busy, "least_busy"},
    {Strategy::headroom, "headroom"},
    {Strategy::cost, "cost"},
});
inline constexpr auto midstream_names = std::to_array<Named<Midstream>>({
    {Midstream::error, "error"},
    {Midstream::resume, "resume"},
    {Midstream::hold, "hold"},
});
inline constexpr auto role_names = std::to_array<Named<Role>>({
    {Role::viewer, "viewer"},
    {Role::operator_, "operator"},
    {Role::admin, "admin"},
});
inline constexpr auto auth_names = std::to_array<Named<bool>>({{false, "optional"}, {true, "required"}});

// Other closed words of the configuration.
inline constexpr auto tier_names = std::to_array<std::string_view>({"consumer", "service"});
inline constexpr auto priority_names = std::to_array<std::string_view>({"low", "normal", "high"});
inline constexpr auto body_names = std::to_array<std::string_view>({"none", "errors", "all"});

// The word of `value`; empty for a value that is not in the table.
template <class T>
[[nodiscard]] constexpr std::string_view word_of(std::span<const Named<T>> names, T value) {
    const auto row = std::ranges::find(names, value, &Named<T>::value);
    return row == names.end() ? std::string_view{} : row->word;
}
template <class T>
[[nodiscard]] constexpr std::optional<T> value_of(std::span<const Named<T>> names, std::string_view word) {
    const auto row = std::ranges::find(names, word, &Named<T>::word);
    return row == names.end() ? std::nullopt : std::optional<T>(row->value);
}

}  // namespace signalbox::core
