// Gemini signs the tool calls of its answers and refuses a conversation whose calls are not signed: what another model
// called, and what went through a dialect that has no place for a signature.
#pragma once

#include <string>
#include <string_view>

namespace signalbox::protocol {

// The value of a call's member `extra_content` that stands for a signature nobody has: Google's own word for it.
inline constexpr std::string_view unsigned_call =
    R"({"google":{"thought_signature":"skip_thought_signature_validator"}})";

// `body`, a chat request in OpenAI's dialect, with that word in every assistant turn whose first tool call has no
// `extra_content`: of several calls in one turn Gemini signs the first. Nothing else changes.
[[nodiscard]] std::string sign_calls(std::string_view body);

}  // namespace signalbox::protocol
