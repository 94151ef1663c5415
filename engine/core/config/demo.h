// The configuration of the first run: a simulated fleet in three zones that needs no key, no network and no file.
#pragma once

#include <string_view>

#include "engine/core/config/config.h"

namespace signalbox::core {

// demo is true, revision 1. Five simulated providers, one of which fails half of its calls, so that a breaker opens and
// requests fall back where everybody can see it.
[[nodiscard]] Config demo_config();

// The model the documentation's first request asks for.
inline constexpr std::string_view demo_model = "ballad-medium";

}  // namespace signalbox::core
