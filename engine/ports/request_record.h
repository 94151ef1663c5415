// What is kept of one finished request: the row of the history. Written once by flow/record, read by the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error_code.h"
#include "engine/base/time.h"
#include "engine/base/units.h"

namespace signalbox::ports {

enum class Outcome : std::uint8_t {
    served,           // the first target answered at the first attempt
    served_retry,     // the first target answered after a retry
    served_fallback,  // another target answered
    shed,             // refused before any attempt by admission (our own decision)
    failed,
    cancelled,  // the client went away
};
inline constexpr int outcome_count = 6;

// Durations in microseconds; -1: this phase was not reached.
struct AttemptRecord {
    std::string model;  // the model entry this attempt served
    std::string provider;
    std::string deployment;  // "provider/upstream-model"
    std::string key;         // the key's name, never its value
    ErrorCode result = ErrorCode::ok;
    std::string detail;                // the provider's own words, cut to 300 bytes; empty when it answered
    std::int32_t status = 0;           // upstream HTTP status; 0: none received
    std::int64_t start_us = 0;         // since the request began
    std::int64_t connect_us = -1;      // 0: pooled connection
    std::int64_t headers_us = -1;      // request sent to response head
    std::int64_t first_token_us = -1;  // request sent to first content
    std::int64_t total_us = 0;
    bool breaker_bypassed = false;
    bool probe = false;
    bool hedge = false;  // a second attempt beside one that was late
    std::string drill{};  // the fault that a drill played in it; empty: none
};

// One candidate the decision looked at, in the order of the plan.
struct CandidateRecord {
    std::string deployment;
    std::string model;
    std::string key;
    std::string verdict;  // a word of core/routing/verdict.h: chosen, outranked, breaker_open, at_capacity, …
    double score = 0;     // lower is better; meaningful for chosen and outranked
};

struct RequestRecord {
    std::string id;  // 26 characters, sorts by time
    WallTime time;   // arrival
    Outcome outcome = Outcome::failed;
    ErrorCode error = ErrorCode::ok;  // what the client was told
    ErrorCode why = ErrorCode::ok;    // first cause that moved it off its first choice; ok: nothing did
    std::string why_detail;           // the first cause in words, e.g. "override 12: …", "breaker open: openai/gpt-5"
    std::int32_t status = 0;          // HTTP status the client received; 499: gone before one
    std::string endpoint;             // "/v1/chat/completions"
    std::string requested_model;
    std::string served_model;  // model entry that answered; empty: none
    std::string served_deployment;
    std::string account;  // empty: anonymous
    std::string tags;     // "team=ci,pool=ruby"
    std::string client;   // address:port
    std::string user_agent;
    std::int64_t override_id = 0;  // 0: none
    std::int64_t config_revision = 0;
    bool streamed = false;
    bool cached = false;  // answered from the cache: no attempt, no cost, the usage of the answer when it was made
    std::int32_t client_retry = 0;  // x-stainless-retry-count
    std::int64_t estimated_input_tokens = 0;
    Usage usage;
    MicroUsd cost;
    std::int64_t queue_us = 0;
    std::int64_t first_token_us = -1;  // arrival to first content
    std::int64_t total_us = 0;
    std::int64_t overhead_us = 0;  // our own share of the time to the first byte
    std::int64_t bytes_in = 0;
    std::int64_t bytes_out = 0;
    std::vector<AttemptRecord> attempts;
    std::vector<CandidateRecord> candidates;  // of the last decision
    std::string fleet;                        // JSON of the fleet at the instant of a refusal; empty otherwise
};

[[nodiscard]] std::string_view to_string(Outcome outcome);

}  // namespace signalbox::ports
