// What one decision is asked and what it answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/admission/account_limits.h"
#include "engine/core/routing/health.h"
#include "engine/core/routing/plan.h"
#include "engine/core/routing/slots.h"
#include "engine/core/routing/verdict.h"

namespace signalbox::core {

// What one request has learned about the lanes it tried.
struct Tried {
    LaneId lane = 0;
    int failures = 0;
    bool exhausted = false;  // do not come back within this request
};

struct DecideInput {
    const Plan& plan;
    std::span<const Tried> tried;
    KvNeed need{};              // estimates
    bool check_context = true;  // a prompt longer than the window is kept away
    // Sorted. Those ahead of this request in the queue wait for these: do not overtake them there.
    std::span<const DeploymentId> reserved{};
    bool may_fail_over = true;  // another attempt is allowed after this one
    bool free_only = false;     // what costs money is out of the question
    bool streamed = false;      // the answer is to come as a stream
    // A second attempt beside a late one: looks at this step of the plan only, for what would simply serve. -1: none.
    int hedge_step = -1;
    Instant now{};
    Nanos probe_lease{};  // how long a claimed probe may take
    std::uint64_t draw = 0;
};

// Without initialisers: a trace has room for many, and only those it looked at are ever written or read.
struct CandidateVerdict {
    double score;  // predicted microseconds, or the strategy's own measure; lower is better
    LaneId lane;
    int deployment;           // index in the table
    std::int16_t step;        // of the plan
    std::int16_t lane_index;  // within the deployment
    Verdict verdict;
};

// The place a reservation holds: what release() gives back.
struct Place {
    LaneId lane = 0;
    KeyId key_id = -1;
    DeploymentId deployment = 0;
    PoolId pool = 0;
    KvNeed need{};
    // What its rates per minute were really charged; 0 where there is no limit.
    struct Charge {
        std::int64_t requests = 0, tokens = 0;
    };
    Charge of_key{}, of_deployment{};
    bool probe = false;  // holds the only probe of its lane or key, or of both:
    bool lane_probe = false, key_probe = false;
    bool canary = false;  // used up the request a ramping lane waited for
};

// The answer without its trace.
struct Choice {
    enum class Kind : std::uint8_t { go, wait, refuse };
    Kind kind = Kind::refuse;
    CandidateVerdict chosen{};                     // for go
    Place place{};                                 // for go
    bool bypassed = false;                         // its breaker is open, but nothing else is left
    bool busy = false;                             // for wait: a place may be given back any moment
    Instant retry_at = never;                      // for wait: when the first cooled lane is ready
    Nanos hedge_after = Nanos::max();              // for go: without content by then, it is late; max: never
    ErrorCode refusal = ErrorCode::no_target;      // for go with `free_only`: why
    AccountBucket short_of = AccountBucket::none;  // for rate_limited: then `retry_at` is when everything fits
    // The first candidate of the plan, when another was chosen: what diverted the request.
    std::optional<CandidateVerdict> diverted_from;
};

struct Decision : Choice {
    std::vector<CandidateVerdict> trace;  // every candidate looked at, in plan order; keeps its capacity
    void reset() {
        static_cast<Choice&>(*this) = {};
        trace.clear();
    }
};

// What a provider's x-ratelimit headers say is left.
struct RateHint {
    std::int64_t requests_left = -1, requests_limit = -1;  // -1: not said
    std::int64_t tokens_left = -1, tokens_limit = -1;
    Nanos reset{};  // until both are full again
};

// How one attempt ended, for release().
struct AttemptOutcome {
    OutcomeNote note;
    std::int64_t first_token_us = -1;  // -1: no content arrived, or it says nothing about the provider's speed
    Nanos cool_for{};                  // what a 429 asked for; zero: nothing
    std::int64_t total_us = -1;        // of the attempt
    std::int64_t output_tokens = 0;
    std::int64_t tokens_used = -1;  // in and out as reported; -1: unknown, the estimate stands
    // From its beginning to its first content (of a whole answer: all of it), or to its end if none came.
    Nanos silent{};
    bool content = false;
    bool streamed = false;
    RateHint rates{};

    // It was spoiled on purpose for one request alone: what it used counts, and it tells nothing of the provider.
    void tell_nothing() {
        note.code = ErrorCode::client_gone;
        note.status = 0;
        first_token_us = -1;
        cool_for = {};
        rates = {};
    }
};

}  // namespace signalbox::core
