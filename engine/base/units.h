// Quantities that must not be mixed up.
#pragma once

#include <compare>
#include <cstdint>

namespace signalbox {

// Money: millionths of a US dollar. Prices are micro-dollars per million tokens, or per picture.
struct MicroUsd {
    std::int64_t value = 0;
    friend auto operator<=>(MicroUsd, MicroUsd) = default;
    friend constexpr MicroUsd operator+(MicroUsd a, MicroUsd b) { return {a.value + b.value}; }
    friend constexpr MicroUsd operator-(MicroUsd a, MicroUsd b) { return {a.value - b.value}; }
};

// What a provider reported for one answer: tokens (-1: it did not say), and the pictures in it.
struct Usage {
    std::int64_t input_tokens = -1;
    std::int64_t output_tokens = -1;
    std::int64_t cached_input_tokens = -1;
    std::int64_t images = 0;
    [[nodiscard]] bool known() const { return input_tokens >= 0 || output_tokens >= 0 || images > 0; }
    friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace signalbox
