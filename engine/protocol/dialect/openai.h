// The API's endpoints, and what OpenAI-shaped answers, stream chunks and errors mean to a router.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error_code.h"
#include "engine/base/time.h"
#include "engine/base/units.h"
#include "engine/protocol/http/response_head.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::protocol {

enum class Endpoint : std::uint8_t {
    unknown,
    chat,          // POST /v1/chat/completions
    completions,   // POST /v1/completions
    responses,     // POST /v1/responses
    embeddings,    // POST /v1/embeddings
    images,        // POST /v1/images/generations
    messages,      // POST /v1/messages, Anthropic's
    count_tokens,  // POST /v1/messages/count_tokens
    models,        // GET  /v1/models
    model,         // GET  /v1/models/{id}
};

// From a request's path, with or without /v1 in front.
[[nodiscard]] Endpoint endpoint_of(std::string_view path);
// What follows a provider's base URL (which ends in its own /v1): "/chat/completions"; empty for unknown and model.
[[nodiscard]] std::string_view upstream_path(Endpoint endpoint);
// The one method the endpoint answers to; empty for unknown.
[[nodiscard]] std::string_view method_of(Endpoint endpoint);
// The word used in history and metrics: "chat".
[[nodiscard]] std::string_view to_string(Endpoint endpoint);

// One data payload of a stream.
struct ChunkInfo {
    bool content = false;     // carries something of the answer: text, reasoning, refusal, tool call, picture, sound.
                              // Role-only deltas and empty `choices` are not.
    bool finish = false;      // a finish_reason (responses: a terminal event)
    bool done = false;        // [DONE]
    bool error = false;       // an error inside a 200; error_code is an upstream_* code
    bool malformed = false;   // neither [DONE] nor a JSON object
    bool unnumbered = false;  // a tool call lacks the index by which clients put its parts together: see CallNumbers
    ErrorCode error_code = ErrorCode::ok;
    std::string error_text;  // as `detail` of classify_error
    Usage usage;
    std::string_view finish_reason;  // a view into `data`
    std::string_view response_id;    // the same; of responses events that carry it
};
[[nodiscard]] ChunkInfo inspect_chunk(std::string_view data, Endpoint endpoint);
// The same of a whole event: one that is named `error` is one, whatever it holds.
[[nodiscard]] ChunkInfo inspect_event(const SseEvent& event, Endpoint endpoint);

// A whole, non-streamed answer with status 2xx.
struct AnswerInfo {
    bool valid = false;    // one JSON object
    bool content = false;  // as in ChunkInfo; embeddings and images: a non-empty `data`
    bool error = false;    // an error object in a 200
    ErrorCode error_code = ErrorCode::ok;
    std::string error_text;
    Usage usage;
    std::string model;
    std::string_view finish_reason;  // a view into `body`
    std::string_view response_id;    // the same; of responses
};
[[nodiscard]] AnswerInfo inspect_answer(std::string_view body, Endpoint endpoint);

// The upstream_* code of a provider's HTTP error. `detail` becomes the provider's own words: at most
// error_detail_max bytes of one line of valid UTF-8.
inline constexpr std::size_t error_detail_max = 300;
[[nodiscard]] ErrorCode classify_error(int status, std::string_view body, std::string& detail);

// How long the provider asks us to stay away: retry-after-ms, else Retry-After as seconds or as a date.
// Never negative, at most a day; nullopt when it does not say or cannot be understood.
[[nodiscard]] std::optional<Nanos> retry_after(const ResponseHead& head, WallTime now);

}  // namespace signalbox::protocol
