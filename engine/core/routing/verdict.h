// What the decision said of each candidate it looked at; the words are shown to operators and kept in the history.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace signalbox::core {

enum class Verdict : std::uint8_t {
    chosen,
    outranked,    // could have served; another scored better
    later_order,  // a lower `order` tier could serve
    breaker_open,
    probe_under_way,   // half-open, and somebody else holds the probe
    cooling_down,      // asked us to wait (429)
    at_capacity,       // max_in_flight reached
    context_too_long,  // the prompt does not fit its window
    key_not_allowed,   // the key is limited to other models
    already_failed,    // earlier in this request
};

[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
    constexpr std::array<std::string_view, 10> words = {
        "chosen",       "outranked",   "later_order",      "breaker_open",    "probe_under_way",
        "cooling_down", "at_capacity", "context_too_long", "key_not_allowed", "already_failed"};
    return words[static_cast<std::size_t>(verdict)];
}

}  // namespace signalbox::core
