#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/protocol/dialect/chat_request.h"

namespace signalbox::protocol::detail {
namespace {

// Read here, or advice to the provider that changes no answer.
constexpr auto known = std::to_array<std::string_view>(
    {"model", "messages", "max_tokens", "system", "metadata", "stop_sequences", "stream", "temperature", "top_p",
     "top_k", "tools", "tool_choice", "thinking", "service_tier", "output_config", "output_format", "cache_control",
     "context_management", "fallbacks"});

Result<void> read_content(const std::optional<Node>& content, std::vector<Part>& out, Dropped& dropped);

// {"type":"base64"|"url"|"text"|…} of an image or a document.
Result<void> read_source(const Node& block, Part& part) {
    const auto source = member(block, "source");
    const std::string_view type = source ? string_member(*source, "type") : std::string_view();
    if (type == "url" && part.kind == Part::Kind::image) {
        part.text = string_member(*source, "url");
    } else if (type == "base64") {
        part.media_type = string_member(*source, "media_type");
        part.text = string_member(*source, "data");
        if (!is_media_type(part.media_type)) part.text = {};
    } else if (type == "text" && part.kind == Part::Kind::document) {
        part.kind = Part::Kind::text;
        part.text = string_member(*source, "data");
        return {};
    } else {
        return wrong_parameter("messages", fmt::format("a source of type '{}' means nothing to this model", type));
    }
    if (part.text.empty()) return wrong_parameter("messages", "an image or a document needs a source with data");
    return {};
}

// False: this block says nothing that another dialect could say.
bool read_thinking(const Node& block, std::string_view type, Part& part) {
    if (type != "thinking" && type != "redacted_thinking") return false;
    const bool hidden = type == "redacted_thinking";
    part.kind = hidden ? Part::Kind::hidden_thinking : Part::Kind::thinking;
    part.text = string_member(block, hidden ? "data" : "thinking");
    part.signature = string_member(block, "signature");
    return true;
}

Result<void> read_block(const Node& block, std::vector<Part>& out, Dropped& dropped) {
    const std::string_view type = string_member(block, "type");
    Part part;
    Result<void> read;
    if (type == "text") {
        part.text = string_member(block, "text");
    } else if (type == "image" || type == "document") {
        part.kind = type == "image" ? Part::Kind::image : Part::Kind::document;
        part.name = string_member(block, "title");
        read = read_source(block, part);
    } else if (type == "tool_use") {
        const auto input = member(block, "input");
        part.kind = Part::Kind::tool_call;
        part.id = string_member(block, "id");
        part.name = string_member(block, "name");
        part.json = input && input->is_object() ? json_of(*input) : "{}";
    } else if (type == "tool_result") {
        part.kind = Part::Kind::tool_result;
        part.id = string_member(block, "tool_use_id");
        part.is_error = bool_of(member(block, "is_error")).value_or(false);
        read = read_content(member(block, "content"), part.content, dropped);
    } else if (!read_thinking(block, type, part)) {
        dropped.add(fmt::format("messages.{}", type));  // what the provider's own tools did
        return {};
    }
    if (read) out.push_back(std::move(part));
    return read;
}

Result<void> read_content(const std::optional<Node>& content, std::vector<Part>& out, Dropped& dropped) {
    if (!content) return {};
    if (content->is_string()) {
        Part part;
        part.text = string_of(content);
        out.push_back(std::move(part));
        return {};
    }
    if (!content->is_array()) return wrong_parameter("messages", "content must be a string or an array of blocks");
    for (const Node& block : elements_of(content)) {
        if (Result<void> read = read_block(block, out, dropped); !read) return read;
    }
    return {};
}

Result<void> read_messages(const Node& root, ChatRequest& out) {
    for (const Node& message : elements_of(member(root, "messages"))) {
        const std::string_view role = string_member(message, "role");
        Message turn;
        if (role == "assistant") turn.role = Role::assistant;
        if (role != "user" && role != "assistant" && role != "system") {
            return wrong_parameter("messages", fmt::format("there is no role '{}'", role));
        }
        std::vector<Part>& parts = role == "system" ? out.system : turn.parts;
        if (Result<void> read = read_content(member(message, "content"), parts, out.dropped); !read) return read;
        if (role != "system") out.messages.push_back(std::move(turn));
    }
    return {};
}

void read_tools(const Node& root, ChatRequest& out) {
    for (const Node& tool : elements_of(member(root, "tools"))) {
        const std::string_view type = string_member(tool, "type");
        if (type.empty() || type == "custom") {
            out.tools.push_back(read_tool(tool, "input_schema"));
        } else {
            out.dropped.add(fmt::format("tools.{}", type));
        }
    }
    const auto choice = member(root, "tool_choice");
    if (!choice) return;
    const std::string_view type = string_member(*choice, "type");
    out.parallel_tools = !bool_of(member(*choice, "disable_parallel_tool_use")).value_or(false);
    out.chosen_tool = string_member(*choice, "name");
    if (type == "none") out.choice = ToolChoice::none;
    if (type == "auto") out.choice = ToolChoice::automatic;
    if (type == "any") out.choice = ToolChoice::any;
    if (type == "tool") out.choice = ToolChoice::one;
}

// From a budget in tokens to the nearest word; the inverse of what write_anthropic_request makes of the words.
std::string_view effort_for(std::int64_t budget) {
    if (budget <= 2048) return "low";
    return budget <= 8192 ? "medium" : "high";
}

void read_reasoning(const Node& root, ChatRequest& out) {
    if (const auto thinking = member(root, "thinking")) {
        if (const auto budget = integer_of(member(*thinking, "budget_tokens"))) out.effort = effort_for(*budget);
    }
    const auto config = member(root, "output_config");
    const std::string_view word = config ? string_member(*config, "effort") : std::string_view();
    if (!word.empty()) out.effort = word == "max" ? "xhigh" : word;
}

void read_output_format(const Node& root, ChatRequest& out) {
    const auto config = member(root, "output_config");
    const auto format = config ? member(*config, "format") : member(root, "output_format");
    if (!format) return;
    read_schema(*format, out);
    if (out.schema.empty()) out.dropped.add(config ? "output_config.format" : "output_format");
}

void read_settings(const Node& root, ChatRequest& out) {
    out.max_tokens = integer_of(member(root, "max_tokens"));
    out.top_k = integer_of(member(root, "top_k"));
    for (const Node& text : elements_of(member(root, "stop_sequences"))) out.stops.push_back(string_of(text));
    if (const auto metadata = member(root, "metadata")) out.user = string_member(*metadata, "user_id");
    const std::string_view tier = string_member(root, "service_tier");
    if (tier == "auto") out.tier = tier;
    if (tier == "standard_only") out.tier = "default";
}

}  // namespace

Result<void> read_anthropic_request(const Node& root, ChatRequest& out) {
    if (Result<void> read = read_content(member(root, "system"), out.system, out.dropped); !read) return read;
    if (Result<void> read = read_messages(root, out); !read) return read;
    read_sampling(root, out);
    read_settings(root, out);
    read_tools(root, out);
    read_reasoning(root, out);
    read_output_format(root, out);
    drop_unknown(root, known, out.dropped);
    return {};
}

}  // namespace signalbox::protocol::detail
