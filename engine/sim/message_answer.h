// The bytes of a simulated provider's answers in Anthropic's shape. Pure; written without the gateway's own
// translation, which is tried against them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sim/provider_answer.h"

namespace signalbox::sim {

// Payloads of one stream, in order; each is an event named by its type.
[[nodiscard]] std::vector<std::string> message_opening(const AnswerFacts& facts);
[[nodiscard]] std::string message_token(int index);
[[nodiscard]] std::vector<std::string> message_closing(const AnswerFacts& facts);  // the last one is message_stop

[[nodiscard]] std::string message_body(const AnswerFacts& facts);
// An OpenAI-shaped error as this API tells it.
[[nodiscard]] std::string message_error(int status, std::string_view openai_body);

// The value of the member "type" that every payload begins with; empty for any other payload.
[[nodiscard]] std::string_view event_name(std::string_view payload);

}  // namespace signalbox::sim
