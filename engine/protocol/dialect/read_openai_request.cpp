#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/protocol/dialect/chat_request.h"

namespace signalbox::protocol::detail {
namespace {

// Read here, or advice to the provider that changes no answer.
constexpr auto known = std::to_array<std::string_view>({"model",
                                                        "messages",
                                                        "max_tokens",
                                                        "max_completion_tokens",
                                                        "stop",
                                                        "stream",
                                                        "stream_options",
                                                        "temperature",
                                                        "top_p",
                                                        "tools",
                                                        "n",
                                                        "tool_choice",
                                                        "store",
                                                        "parallel_tool_calls",
                                                        "response_format",
                                                        "fallbacks",
                                                        "reasoning_effort",
                                                        "user",
                                                        "safety_identifier",
                                                        "service_tier",
                                                        "reasoning",
                                                        "prompt_cache_key",
                                                        "prompt_cache_retention"});

Result<void> read_part(const Node& node, std::vector<Part>& out) {
    const std::string_view type = string_member(node, "type");
    Part part;
    if (type == "text" || type == "refusal") {
        part.text = string_member(node, type);
    } else if (type == "image_url") {
        part.kind = Part::Kind::image;
        const auto image = member(node, "image_url");
        const std::string_view url = string_of(image);
        set_source(part, url.empty() && image ? string_member(*image, "url") : url);
        if (part.text.empty()) return wrong_parameter("messages", "an image_url needs a url");
    } else if (type == "file") {
        const auto file = member(node, "file");
        part.kind = Part::Kind::document;
        if (file) {
            part.name = string_member(*file, "filename");
            set_source(part, string_member(*file, "file_data"));
        }
        if (part.media_type.empty() || part.text.empty())
            return wrong_parameter("messages", "a file must be sent as file_data");
    } else {
        return wrong_parameter("messages", fmt::format("this model takes no content of type '{}'", type));
    }
    out.push_back(std::move(part));
    return {};
}

// A string, a list of parts, or nothing.
Result<void> read_content(const std::optional<Node>& content, std::vector<Part>& out) {
    if (!content) return {};
    if (content->is_string()) {
        Part part;
        part.text = string_of(content);
        out.push_back(std::move(part));
        return {};
    }
    if (!content->is_array()) return wrong_parameter("messages", "content must be a string or an array of parts");
    for (const Node& node : elements_of(content)) {
        if (Result<void> read = read_part(node, out); !read) return read;
    }
    return {};
}

// Thoughts with their provider's signature, as our own answers carry them.
void read_thinking(const Node& message, std::vector<Part>& out) {
    for (const Node& block : elements_of(member(message, "thinking_blocks"))) {
        Part part;
        const bool hidden = string_member(block, "type") == "redacted_thinking";
        part.kind = hidden ? Part::Kind::hidden_thinking : Part::Kind::thinking;
        part.text = string_member(block, hidden ? "data" : "thinking");
        part.signature = string_member(block, "signature");
        out.push_back(std::move(part));
    }
}

Result<void> read_assistant(const Node& message, ChatRequest& out) {
    Message turn{Role::assistant, {}};
    read_thinking(message, turn.parts);
    if (Result<void> read = read_content(member(message, "content"), turn.parts); !read) return read;
    for (const Node& call : elements_of(member(message, "tool_calls"))) {
        const auto function = member(call, "function");
        if (!function) return wrong_parameter("messages", "only function tool calls can be understood");
        Part part;
        part.kind = Part::Kind::tool_call;
        part.id = string_member(call, "id");
        part.name = string_member(*function, "name");
        part.json = arguments_object(string_member(*function, "arguments"));
        turn.parts.push_back(std::move(part));
    }
    out.messages.push_back(std::move(turn));
    return {};
}

Result<void> read_message(const Node& message, ChatRequest& out) {
    const std::string_view role = string_member(message, "role");
    const auto content = member(message, "content");
    if (role == "system" || role == "developer") return read_content(content, out.system);
    if (role == "assistant") return read_assistant(message, out);
    if (role != "user" && role != "tool") {
        return wrong_parameter("messages", fmt::format("there is no role '{}'", role));
    }
    Message turn;
    if (role == "tool") {
        Part result;
        result.kind = Part::Kind::tool_result;
        result.id = string_member(message, "tool_call_id");
        if (Result<void> read = read_content(content, result.content); !read) return read;
        turn.parts.push_back(std::move(result));
    } else if (Result<void> read = read_content(content, turn.parts); !read) {
        return read;
    }
    out.messages.push_back(std::move(turn));
    return {};
}

void read_tools(const Node& root, ChatRequest& out) {
    for (const Node& tool : elements_of(member(root, "tools"))) {
        const auto function = member(tool, "function");
        if (function) {
            out.tools.push_back(read_tool(*function, "parameters"));
        } else {
            out.dropped.add(fmt::format("tools.{}", string_member(tool, "type")));
        }
    }
    out.parallel_tools = bool_of(member(root, "parallel_tool_calls")).value_or(true);
    const auto choice = member(root, "tool_choice");
    if (!choice) return;
    const std::string_view word = string_of(choice);
    if (word == "none") out.choice = ToolChoice::none;
    if (word == "auto") out.choice = ToolChoice::automatic;
    if (word == "required") out.choice = ToolChoice::any;
    if (const auto function = member(*choice, "function")) {
        out.choice = ToolChoice::one;
        out.chosen_tool = string_member(*function, "name");
    } else if (choice->is_object()) {
        out.dropped.add("tool_choice");
    }
}

void read_response_format(const Node& root, ChatRequest& out) {
    const auto format = member(root, "response_format");
    if (!format) return;
    const std::string_view type = string_member(*format, "type");
    if (const auto schema = member(*format, "json_schema")) read_schema(*schema, out);
    if (type != "text" && out.schema.empty()) out.dropped.add("response_format");
}

void read_settings(const Node& root, ChatRequest& out) {
    const auto old_max = integer_of(member(root, "max_tokens"));
    const auto new_max = integer_of(member(root, "max_completion_tokens"));
    out.max_tokens = new_max ? new_max : old_max;
    const auto stop = member(root, "stop");
    if (stop && stop->is_string()) out.stops.push_back(string_of(stop));
    for (const Node& text : elements_of(stop)) out.stops.push_back(string_of(text));
    out.effort = string_member(root, "reasoning_effort");
    out.user = string_member(root, "safety_identifier");
    if (out.user.empty()) out.user = string_member(root, "user");
    const std::string_view tier = string_member(root, "service_tier");
    if (tier == "auto" || tier == "default") out.tier = tier;
    if (!tier.empty() && out.tier.empty()) out.dropped.add("service_tier");
    if (integer_of(member(root, "n")).value_or(1) > 1) out.dropped.add("n");
    // A wish of other routers; its effort is the part with a meaning here.
    if (const auto reasoning = member(root, "reasoning"); reasoning && out.effort.empty()) {
        out.effort = string_member(*reasoning, "effort");
    }
}

}  // namespace

Result<void> read_openai_request(const Node& root, ChatRequest& out) {
    for (const Node& message : elements_of(member(root, "messages"))) {
        if (Result<void> read = read_message(message, out); !read) return read;
    }
    read_sampling(root, out);
    read_settings(root, out);
    read_tools(root, out);
    read_response_format(root, out);
    drop_unknown(root, known, out.dropped);
    return {};
}

}  // namespace signalbox::protocol::detail
