// The scenarios of resources/scenarios/, compiled in.
#pragma once

#include <span>
#include <string_view>

namespace signalbox::replay {

struct ShippedScenario {
    std::string_view name;  // "fast-404"
    std::string_view text;
};
[[nodiscard]] std::span<const ShippedScenario> shipped_scenarios();

}  // namespace signalbox::replay
