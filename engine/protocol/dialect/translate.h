// Between the dialects of chat: what a client speaks and what its provider speaks need not be the same.
//
// All of it is pure and synchronous; nothing here knows of sockets. A journey uses it like this:
//
//   const bool same = client == provider;                       // chat_dialect_of(endpoint) and the provider's kind
//   request   same ? Splice(body) : translate_request(body)      → bytes for upstream_path(endpoint_of(provider))
//   answer    translate_answer(body, pair, out)                  → out for the client, AnswerInfo for the router
//   stream    StreamTranslator::event(event, out) per event,     → out for the client, ChunkInfo for the router
//             StreamTranslator::finish(out) once at the end
//   error     error_body / error_event in the client's dialect; classify_error understands every provider's
//
// Same to same works everywhere and re-serialises nothing: answers and events go through as they came and are only
// read. For openai to openai inspect_chunk does that with less work.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/protocol/dialect/error_body.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::protocol {

enum class Dialect : std::uint8_t {
    openai,     // POST /v1/chat/completions
    anthropic,  // POST /v1/messages
    responses,  // POST /v1/responses; clients only, and what a provider keeps for them cannot be translated
};

struct DialectPair {
    Dialect client = Dialect::openai;
    Dialect provider = Dialect::openai;
    [[nodiscard]] bool same() const { return client == provider; }
};

struct RequestOptions {
    std::string_view model{};                  // the name the provider knows
    std::optional<std::int64_t> max_output{};  // tokens the target can answer with: an upper bound of what is asked for
    bool drop_params = true;                   // false: what the provider's dialect cannot say is an error
    bool completion_tokens = false;            // openai: write max_completion_tokens, not max_tokens
    bool signed_calls = false;                 // openai: the provider is Gemini: see call_signatures.h
};

struct TranslatedRequest {
    std::string body{};
    // Members of the client's body that the provider does not get, or gets changed: "seed", "tools.web_search".
    // At most dropped_max names, each printable ASCII and of at most 64 bytes.
    std::vector<std::string> dropped{};
};
inline constexpr std::size_t dropped_max = 16;

// Anthropic asks for a limit in every request; used where neither the client nor the deployment names one.
inline constexpr std::int64_t max_tokens_default = 4096;

// Precondition: scan_request accepted `body`. malformed_json, invalid_parameter; the detail names the member.
// A provider's dialect is openai or anthropic; for the same dialect use Splice.
[[nodiscard]] Result<TranslatedRequest> translate_request(std::string_view body, DialectPair pair,
                                                          const RequestOptions& options);

struct AnswerOptions {
    std::int64_t created = 0;         // seconds since 1970, where the client's dialect wants a time
    std::int64_t input_estimate = 0;  // tokens, for dialects whose streams begin with the prompt's usage
    bool include_usage = false;       // openai clients: stream_options.include_usage
};

// A whole answer with status 2xx. `out` gets the client's body where the answer is valid and no error.
// For the same dialect it stays empty: send `body` as it is.
[[nodiscard]] AnswerInfo translate_answer(std::string_view body, DialectPair pair, const AnswerOptions& options,
                                          std::string& out);

// What a stream means, event by event. Appends to `out` whole server-sent events of the client's dialect.
class StreamTranslator {
  public:
    StreamTranslator(DialectPair pair, const AnswerOptions& options);
    StreamTranslator(StreamTranslator&&) noexcept;
    StreamTranslator& operator=(StreamTranslator&&) noexcept;
    ~StreamTranslator();

    // `finish_reason` is OpenAI's word for it, whatever the provider speaks, and holds as long as the event. After a
    // result with `error` or `malformed` nothing was appended for this event: only error_event can follow.
    [[nodiscard]] ChunkInfo event(const SseEvent& event, std::string& out);
    // The provider's stream has ended well: appends what the client still waits for (usage, stop, [DONE]). Once.
    void finish(std::string& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// Errors of our own in the client's dialect. Status codes are http_status() for all of them.
[[nodiscard]] std::string error_body(Dialect client, const ErrorAnswer& answer);
[[nodiscard]] std::string error_event(Dialect client, const ErrorAnswer& answer);

// {"input_tokens":n}: the answer to POST /v1/messages/count_tokens.
[[nodiscard]] std::string count_tokens_body(std::int64_t input_tokens);

}  // namespace signalbox::protocol
