// Which dialects meet in a request: what the client speaks, by its endpoint, and what an attempt's provider speaks.
#pragma once

#include <optional>

#include "engine/flow/exchange.h"
#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/json/splice.h"

namespace signalbox::flow {

// What errors are told in, too; OpenAI's for everybody who does not clearly speak another.
[[nodiscard]] protocol::Dialect client_dialect(protocol::Endpoint endpoint);

// Most servers that speak chat do not know this endpoint, and asking them in vain would look like their fault.
[[nodiscard]] bool serves_responses(const core::ProviderConfig& provider);

// Nothing where OpenAI's shapes go through as they are, which is all there is to most requests.
[[nodiscard]] std::optional<protocol::DialectPair> dialects(const Exchange& x, const Attempt& a);

// Its provider takes a task and is asked for the picture later; it does nothing else.
[[nodiscard]] bool paints_by_task(const Exchange& x, const Attempt& a);

// The client's body would mean nothing to its provider.
[[nodiscard]] bool needs_translation(const Exchange& x, const Attempt& a);

// The endpoint its provider is called at, and the whole target of the request there.
[[nodiscard]] protocol::Endpoint provider_endpoint(const Exchange& x, const Attempt& a);
[[nodiscard]] std::string provider_target(const Exchange& x, const Attempt& a);

// What changes in a body whose dialect its provider speaks.
[[nodiscard]] protocol::SpliceOptions splice_options(const Exchange& x, const Attempt& a);

[[nodiscard]] protocol::AnswerOptions answer_options(const Exchange& x);

// The body for a provider of another dialect. Remembers in a.dropped what it had to leave out.
// invalid_parameter: drop_params is off, or the content means nothing there.
[[nodiscard]] Result<std::string> translated_body(const Exchange& x, Attempt& a);

// The body for Gemini, which wants its tool calls signed. Empty: there is nothing to sign.
[[nodiscard]] std::string signed_body(const Exchange& x, const Attempt& a);

}  // namespace signalbox::flow
