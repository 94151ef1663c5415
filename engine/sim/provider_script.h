// What a simulated provider does: how fast it answers, how much, and what it does wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace signalbox::sim {

// The words are the drill catalogue's, plus some that only tests need.
enum class ProviderFault : std::uint8_t {
    none,
    refused,            // the connection ends as soon as it is made
    reset,              // reset before an answer
    silence,            // takes the request, never answers
    not_found,          // 404
    unauthorized,       // 401
    rate_limited,       // 429 with Retry-After
    rate_limited_mute,  // 429 without
    server_error,       // 500
    overloaded,         // 503
    context_overflow,   // 400, the prompt is too long
    content_filter,     // 400, filtered
    empty,              // 200 without content
    garbage,            // 200 with something that is not JSON
    slow_first_token,   // the first token takes ten times as long
    cut,                // reset in mid-answer
    stall,              // silence in mid-answer
    malformed_event,    // a broken event in mid-stream; whole answers are broken JSON
    missing_done,       // the stream ends without [DONE]
    flapping,           // server_error for 30 s, fine for 30 s
    clean_cut,          // the connection ends cleanly in mid-answer
    error_event,        // an error event in mid-stream; whole answers are an error in a 200
    error_first,        // the same before any content
    forbidden,          // 403
    quota_exhausted,    // 429 that no waiting cures
    site_overloaded,    // 529
    bad_request,        // 400, in its own words
    rejects_prefill,    // 400 where the last message is the assistant's
    odd_framing,        // nothing wrong: a byte order mark, comments, CRLF, no space, an event without choices
    status,             // ProviderScript::status
};
[[nodiscard]] std::string_view to_string(ProviderFault fault);
[[nodiscard]] std::optional<ProviderFault> provider_fault_from(std::string_view word);

// The memory of the machine and the life of its models: cold, warming, warm.
struct MemoryScript {
    bool managed = false;             // false: every model is always loaded, and memory is no matter
    std::vector<std::string> warm{};  // models loaded at the start
    Nanos load_time = 8s;
    std::int64_t total = 64LL << 30;           // bytes
    std::int64_t weights = 12LL << 30;         // bytes, of each model
    std::int64_t kv_bytes_per_token = 49'152;  // of each model
    double headroom = 1;                       // it loads only while all weights × this fit into `total`
};

struct ProviderScript {
    std::string name = "simulated";                       // what it calls itself at GET /state
    Nanos first_token = 400ms;                            // request to first content
    std::optional<Nanos> embedding_time{}, image_time{};  // request to answer; unset: first_token
    double prefill_per_second = 0;                        // tokens of prompt read before the first token; 0: at once
    double tokens_per_second = 60;                        // > 0, of an answer alone on the machine
    double batch_slowdown = 0;                            // each answer beside it slows the tokens down by this share
    int tokens_min = 24;                                  // of an answer; the request's max_tokens bounds it
    int tokens_max = 72;
    int slots = 4;                                 // answers under way at a time; more wait for their turn
    std::vector<std::string> models{"simulated"};  // what GET /v1/models lists; any name is answered
    ProviderFault fault = ProviderFault::none;
    double share = 1;             // of the requests that meet the fault, 0..1
    int status = 500;             // of ProviderFault::status
    Nanos retry_after = 2s;       // said with rate_limited
    int tokens_before_fault = 5;  // of faults in mid-answer
    MemoryScript memory{};
    std::string refused_key{};  // answered with 401 whatever the fault says; empty: any key is good
};

}  // namespace signalbox::sim
