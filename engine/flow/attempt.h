// One attempt, from its reservation to its end: where it goes, what the provider brings back up to the commit point,
// and what is needed to relay the rest. Everything that belongs to one call and not to the request is here, so that two
// may be under way side by side.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/flow/relay.h"
#include "engine/flow/transcript.h"
#include "engine/flow/upstream.h"

namespace signalbox::flow {

struct Attempt {
    // where it goes: select_and_reserve, or hedge
    core::Choice decision;
    Reservation reservation;
    core::Deadlines deadlines;         // of its step of the plan
    std::size_t row = 0;               // of the record's attempts
    Instant began{};                   // when it was sent on its way
    std::vector<std::string> dropped;  // members of the body that its target's dialect cannot say
    bool hedge = false;                // the second of two, beside one that is late
    bool rivalled = false;             // one of two, or may become it
    bool overtaken = false;            // the other answered first: end

    // what came of it: attempt, and stream for the rest
    Error error{ErrorCode::ok, {}};    // ok: the answer below may be sent
    ErrorCode cause = ErrorCode::ok;   // what a broken stream says of the provider, where the client is told less
    std::optional<Nanos> retry_after;  // the provider's wish
    bool untold = false;               // spoiled for this request alone: its end says nothing of the provider
    core::RateHint rates;              // what its x-ratelimit headers say is left
    int status = 0;                    // the provider's; 0: none came
    bool streaming = false;
    std::string content_type;
    std::string body;                    // the whole answer, or the events up to the first content
    bool held = false;                   // `midstream: hold`: its whole stream is in `body`
    Usage usage;                         // reported so far
    std::optional<MicroUsd> told_cost;   // what the provider itself says this answer costs
    bool taken = false;                  // a task that may cost money whatever comes of it: not to be given again
    Instant sent{};                      // when the request was written
    std::int64_t first_token_us = -1;    // since `sent`
    std::unique_ptr<Upstream> upstream;  // streaming: where the rest comes from
    std::shared_ptr<const UpstreamAddress> address;
    std::optional<Relay> relay;              // streaming only
    std::unique_ptr<Transcript> transcript;  // of a stream that another target may resume

    // What its end says of the provider.
    [[nodiscard]] ErrorCode blame() const { return cause == ErrorCode::ok ? error.code : cause; }
};

// A provider's own words may echo the key it was called with.
void hide_key(std::string& words, std::string_view key);

}  // namespace signalbox::flow
