// What an answer costs.
#pragma once

#include <optional>

#include "engine/base/units.h"
#include "engine/core/config/config.h"

namespace signalbox::core {

// Each part is rounded up to the next micro-dollar. Counts below 0 count as 0, and above limits::usage_tokens_max and
// limits::usage_images_max as that.
[[nodiscard]] MicroUsd cost_of(const Usage& usage, const Price& price);

// False: the target is free, or nobody said what it costs.
[[nodiscard]] bool costs_money(const std::optional<Price>& price);

}  // namespace signalbox::core
