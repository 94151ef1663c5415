#include "engine/sim/provider_script.h"

#include <algorithm>
#include <array>

namespace signalbox::sim {

namespace {
// In the order of the enum.
constexpr auto words = std::to_array<std::string_view>({
    "none",
    "refused",
    "reset",
    "silence",
    "not_found",
    "unauthorized",
    "rate_limited",
    "rate_limited_mute",
    "server_error",
    "overloaded",
    "context_overflow",
    "content_filter",
    "empty",
    "garbage",
    "slow_first_token",
    "cut",
    "stall",
    "malformed_event",
    "missing_done",
    "flapping",
    "clean_cut",
    "error_event",
    "error_first",
    "forbidden",
    "quota_exhausted",
    "site_overloaded",
    "bad_request",
    "rejects_prefill",
    "odd_framing",
    "status",
});
static_assert(words.size() == static_cast<std::size_t>(ProviderFault::status) + 1);
}  // namespace

std::string_view to_string(ProviderFault fault) {
    return words[static_cast<std::size_t>(fault)];
}

std::optional<ProviderFault> provider_fault_from(std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) return std::nullopt;
    return static_cast<ProviderFault>(found - words.begin());
}

}  // namespace signalbox::sim
