// Requests of each dialect, read into the model and written from it. Internal to dialect/.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/protocol/dialect/chat_model.h"
#include "engine/protocol/dialect/translate.h"

namespace signalbox::protocol::detail {

// invalid_parameter: content of a kind, or a shape, that cannot be said in another dialect.
[[nodiscard]] Result<void> read_openai_request(const Node& root, ChatRequest& out);
[[nodiscard]] Result<void> read_anthropic_request(const Node& root, ChatRequest& out);
[[nodiscard]] Result<void> read_responses_request(const Node& root, ChatRequest& out);

// Add to request.dropped what they cannot say.
[[nodiscard]] std::string write_openai_request(ChatRequest& request, const RequestOptions& options);
[[nodiscard]] std::string write_anthropic_request(ChatRequest& request, const RequestOptions& options);

// What every dialect calls the same: temperature, top_p, stream.
void read_sampling(const Node& root, ChatRequest& out);
// Names every member that is in neither list and says something.
void drop_unknown(const Node& root, std::span<const std::string_view> known, Dropped& dropped);
// {"type":"json_schema","schema":…} and its relatives: `format` holds name, schema and strict.
void read_schema(const Node& format, ChatRequest& out);
[[nodiscard]] Tool read_tool(const Node& function, std::string_view schema_member);

}  // namespace signalbox::protocol::detail
