// What a provider can do wrong: the one catalogue of faults, for the knobs of a simulated provider and for drills.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/time.h"

namespace signalbox::core {

enum class Fault : std::uint8_t {
    none,
    refused,
    reset,
    silence,
    not_found,
    unauthorized,
    rate_limited,
    rate_limited_mute,
    server_error,
    overloaded,
    context_overflow,
    content_filter,
    empty,
    garbage,
    slow_first_token,
    cut,
    stall,
    malformed_event,
    missing_done,
    flapping,
    clean_cut,
    error_event,
    error_first,
    forbidden,
    quota_exhausted,
    site_overloaded,
    bad_request,
    rejects_prefill,
    odd_framing,
    status,  // a script's own HTTP status; not in the catalogue
};

// How far a fault reaches when it is real: one model of a provider, one key, or everything it serves.
enum class Reach : std::uint8_t { target, key, provider };

struct FaultInfo {
    Fault fault;
    std::string_view word;
    std::string_view what;  // for people
    Reach reach = Reach::target;
    bool in_answer = false;  // the provider answers, and the fault is in that answer
};

// Every fault that can be asked for, in the order of the enum; without `none` and `status`.
[[nodiscard]] std::span<const FaultInfo> fault_catalogue();
// Of every value of the enum.
[[nodiscard]] const FaultInfo& info_of(Fault fault);
[[nodiscard]] std::string_view to_string(Fault fault);
// By its word, of every value of the enum.
[[nodiscard]] std::optional<Fault> fault_from(std::string_view word);

// What a provider says for a fault that is an HTTP error of its own; status 0: the fault is something else.
struct FaultAnswer {
    int status = 0;
    std::string_view type, code, words;  // OpenAI's
};
[[nodiscard]] FaultAnswer answer_of(Fault fault);
inline constexpr Nanos fault_retry_after = 2s;  // said with rate_limited
inline constexpr int tokens_before_fault = 5;   // of faults in mid-answer
inline constexpr int slow_first_token_factor = 10;

// Flapping: broken for half a minute, fine for half a minute.
[[nodiscard]] bool rests_between_flaps(Instant now);

}  // namespace signalbox::core
