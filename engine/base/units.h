// Quantities that must not be mixed up.
#pragma once

#include <compare>
#include <cstdint>

namespace signalbox {

// Money: millionths of a US dollar. Prices are micro-dollars per million tokens.
struct MicroUsd {
    std::int64_t value = 0;
    friend auto operator<=>(MicroUsd, MicroUsd) = default;
    friend constexpr MicroUsd operator+(MicroUsd a, MicroUsd b) { return {a.value + b.value}; }
    friend constexpr MicroUsd operator-(MicroUsd a, MicroUsd b) { return {a.value - b.value}; }
};

// Tokens a provider reported for one answer. -1: the provider did not say.
struct Usage {
    std::int64_t input_tokens = -1;
    std::int64_t output_tokens = -1;
    std::int64_t cached_input_tokens = -1;
    [[nodiscard]] bool known() const { return input_tokens >= 0 || output_tokens >= 0; }
    friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace signalbox
