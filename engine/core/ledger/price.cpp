#include "engine/core/ledger/price.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace signalbox::core {

MicroUsd cost_of(const Usage& usage, const Price& price) {
    constexpr std::int64_t million = 1'000'000;
    const auto counted = [](std::int64_t tokens) {
        return std::clamp<std::int64_t>(tokens, 0, limits::usage_tokens_max);
    };
    const std::int64_t cached = counted(usage.cached_input_tokens);
    const std::int64_t fresh = counted(usage.input_tokens - cached);
    const std::int64_t output = counted(usage.output_tokens);
    const auto part = [](std::int64_t tokens, MicroUsd each) { return (tokens * each.value + million - 1) / million; };
    const std::int64_t pictures =
        std::clamp<std::int64_t>(usage.images, 0, limits::usage_images_max) * price.image.value;
    return {part(fresh, price.input) + part(cached, price.cached_input) + part(output, price.output) + pictures};
}

bool costs_money(const std::optional<Price>& price) {
    return price && (price->input.value > 0 || price->output.value > 0 || price->image.value > 0);
}

}  // namespace signalbox::core
