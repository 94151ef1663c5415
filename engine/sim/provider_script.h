// What a simulated provider does: how fast it answers, how much, and what it does wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/drill/fault.h"

namespace signalbox::sim {

using ProviderFault = core::Fault;

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
    double share = 1;                                     // of the requests that meet the fault, 0..1
    int status = 500;                                     // of ProviderFault::status
    Nanos retry_after = core::fault_retry_after;          // said with rate_limited
    int tokens_before_fault = core::tokens_before_fault;  // of faults in mid-answer
    MemoryScript memory{};
    std::string refused_key{};  // answered with 401 whatever the fault says; empty: any key is good
};

}  // namespace signalbox::sim
