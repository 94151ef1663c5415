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
    ramping,      // comes back from an outage, or grows: has its share already
    stalled,      // takes requests and has been silent for much too long
    breaker_open,
    probe_under_way,   // half-open, and somebody else holds the probe
    held_open,         // by an operator
    key_refused,       // the provider refuses this key, whatever the model
    cooling_down,      // asked us to wait (429)
    rate_full,         // its own rpm or tpm is used up
    at_capacity,       // max_in_flight or its slots are taken
    memory_full,       // the request does not fit beside those it holds
    target_draining,   // an operator takes it out of service
    context_too_long,  // the prompt does not fit its window
    key_not_allowed,   // the key is limited to other models
    already_failed,    // earlier in this request
    no_credit,         // it costs money, and the account has none left
};
// It could be used as soon as others give something back or a rate refills.
[[nodiscard]] constexpr bool is_full(Verdict verdict) {
    return verdict == Verdict::at_capacity || verdict == Verdict::memory_full || verdict == Verdict::rate_full;
}
inline constexpr int verdict_count = static_cast<int>(Verdict::no_credit) + 1;

[[nodiscard]] constexpr std::string_view to_string(Verdict verdict) {
    constexpr std::array<std::string_view, verdict_count> words = {
        "chosen",          "outranked",       "later_order",      "ramping",         "stalled",        "breaker_open",
        "probe_under_way", "held_open",       "key_refused",      "cooling_down",    "rate_full",      "at_capacity",
        "memory_full",     "target_draining", "context_too_long", "key_not_allowed", "already_failed", "no_credit"};
    return words[static_cast<std::size_t>(verdict)];
}

}  // namespace signalbox::core
