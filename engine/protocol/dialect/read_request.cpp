#include <algorithm>

#include "engine/protocol/dialect/chat_request.h"

namespace signalbox::protocol::detail {

void read_sampling(const Node& root, ChatRequest& out) {
    out.temperature = number_of(member(root, "temperature"));
    out.top_p = number_of(member(root, "top_p"));
    out.stream = bool_of(member(root, "stream")).value_or(false);
}

void drop_unknown(const Node& root, std::span<const std::string_view> known, Dropped& dropped) {
    for (const auto& [key, value] : members_of(root)) {
        if (std::ranges::find(known, key) == known.end() && !says_nothing(value)) dropped.add(key);
    }
}

void read_schema(const Node& format, ChatRequest& out) {
    const auto schema = member(format, "schema");
    if (!schema || !schema->is_object()) return;
    out.schema = json_of(*schema);
    out.schema_name = string_member(format, "name");
    out.schema_strict = bool_of(member(format, "strict"));
}

Tool read_tool(const Node& function, std::string_view schema_member) {
    Tool tool;
    tool.name = string_member(function, "name");
    tool.description = string_member(function, "description");
    tool.strict = bool_of(member(function, "strict"));
    const auto schema = member(function, schema_member);
    tool.schema = schema && schema->is_object() ? json_of(*schema) : R"({"type":"object","properties":{}})";
    return tool;
}

}  // namespace signalbox::protocol::detail
