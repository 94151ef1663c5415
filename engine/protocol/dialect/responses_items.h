// The items a response is made of, as JSON. Internal to dialect/.
#pragma once

#include <string>
#include <string_view>

#include "engine/protocol/dialect/chat_answer.h"

namespace signalbox::protocol::detail {

// One item of the output; `done` false: it has only begun, and holds nothing yet.
[[nodiscard]] std::string message_item(std::string_view id, std::string_view text, bool done);
[[nodiscard]] std::string reasoning_item(std::string_view id, std::string_view text, bool done);
[[nodiscard]] std::string call_item(std::string_view id, std::string_view call_id, std::string_view name,
                                    std::string_view arguments, bool done);
// {"type":"output_text",…} and its relative of reasoning.
[[nodiscard]] std::string text_part(std::string_view type, std::string_view text);

// {"object":"response",…}; `output` is JSON: the items with their brackets. Stop::unset: still under way.
[[nodiscard]] std::string response_object(std::string_view id, std::string_view model, std::int64_t created, Stop stop,
                                          std::string_view output, const TokenCount& tokens);
// "completed", or "incomplete" where the answer was cut short.
[[nodiscard]] std::string_view response_status(Stop stop);

}  // namespace signalbox::protocol::detail
