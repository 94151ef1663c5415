// What one call to a provider brings back, up to the commit point, and what is needed to relay the rest.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/flow/upstream.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::flow {

// The state of a streamed answer between the provider's bytes and the client's.
struct Relay {
    protocol::BodyReader body;
    protocol::SseDecoder events;
    bool reusable = false;    // the provider keeps the connection open afterwards
    bool hide_usage = false;  // the usage event was asked for by us, not by the client
    bool done = false;        // [DONE] came
    bool finished = false;    // a finish_reason came
    std::int64_t pieces = 0;  // events with content: about one token each
};

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
};

// Reads what came from the provider: whole events are appended to `out`, everything else stays in the decoder.
// Returns the failure the stream reports of itself (an error event, a malformed one), or ok. `content` becomes true at
// the first event that carries something of the answer.
[[nodiscard]] Error take_events(Relay& relay, std::string_view payload, protocol::Endpoint endpoint, std::string& out,
                                Usage& usage, bool& content);
// The stream has ended: the event that lacked only its blank line.
[[nodiscard]] Error take_last_event(Relay& relay, protocol::Endpoint endpoint, std::string& out, Usage& usage);

// Is an answer that ends so without any content none at all? One cut short by max_tokens or by a filter is whole; one
// that claims to be complete, or to call tools, is not. The older completions may find nothing to fill in.
[[nodiscard]] bool lacks_content(std::string_view finish_reason, protocol::Endpoint endpoint);

// A provider's own words may echo the key it was called with.
void hide_key(std::string& words, std::string_view key);

}  // namespace signalbox::flow
