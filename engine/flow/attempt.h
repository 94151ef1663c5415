// What one call to a provider brings back, up to the commit point, and what is needed to relay the rest.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/flow/relay.h"
#include "engine/flow/upstream.h"

namespace signalbox::flow {

struct Attempt {
    Error error{ErrorCode::ok, {}};    // ok: the answer below may be sent
    ErrorCode cause = ErrorCode::ok;   // what a broken stream says of the provider, where the client is told less
    std::optional<Nanos> retry_after;  // the provider's wish
    core::RateHint rates;              // what its x-ratelimit headers say is left
    int status = 0;                    // the provider's; 0: none came
    bool streaming = false;
    std::string content_type;
    std::string body;                    // the whole answer, or the events up to the first content
    Usage usage;                         // reported so far
    Instant sent{};                      // when the request was written
    std::int64_t first_token_us = -1;    // since `sent`
    std::unique_ptr<Upstream> upstream;  // streaming: where the rest comes from
    std::shared_ptr<const UpstreamAddress> address;
    std::optional<Relay> relay;  // streaming only

    // What its end says of the provider.
    [[nodiscard]] ErrorCode blame() const { return cause == ErrorCode::ok ? error.code : cause; }
};

// A provider's own words may echo the key it was called with.
void hide_key(std::string& words, std::string_view key);

}  // namespace signalbox::flow
