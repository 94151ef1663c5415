#include "engine/core/config/config.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/config/fault.h"
#include "engine/core/config/names.h"

namespace signalbox::core {

std::string_view to_string(ProviderKind kind) {
    return word_of<ProviderKind>(provider_kind_names, kind);
}
std::string_view to_string(Shape shape) {
    return word_of<Shape>(shape_names, shape);
}
std::string_view to_string(Strategy strategy) {
    return word_of<Strategy>(strategy_names, strategy);
}
std::string_view to_string(Role role) {
    return word_of<Role>(role_names, role);
}

std::int64_t cache_room(const Config& config) {
    const bool kept = config.defaults.cache.enabled ||
                      std::ranges::any_of(config.models, [](const ModelConfig& model) { return model.cache.enabled; });
    return kept ? config.defaults.cache.max : 0;
}

std::string to_string(const ConfigFault& fault) {
    std::string text = fault.file;
    if (fault.line > 0) text += fmt::format(":{}", fault.line);
    if (!text.empty()) text += ": ";
    if (!fault.field.empty()) text += fault.field + ": ";
    text += fault.problem;
    if (!fault.remedy.empty()) text += "; " + fault.remedy;
    return text;
}

}  // namespace signalbox::core
