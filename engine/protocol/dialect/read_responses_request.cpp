#include <fmt/format.h>

#include <array>

#include "engine/protocol/dialect/chat_request.h"

namespace signalbox::protocol::detail {
namespace {

// Read here, or advice to the provider that changes no answer.
constexpr auto known =
    std::to_array<std::string_view>({"model",     "input",          "instructions",        "max_output_tokens",
                                     "stream",    "stream_options", "temperature",         "top_p",
                                     "tools",     "tool_choice",    "parallel_tool_calls", "text",
                                     "reasoning", "user",           "safety_identifier",   "service_tier",
                                     "store",     "include",        "prompt_cache_key",    "prompt_cache_retention",
                                     "fallbacks", "truncation"});

// Only the provider that keeps them can go on from these.
constexpr std::string_view kept_elsewhere[] = {"previous_response_id", "conversation", "prompt", "background"};

Result<void> read_part(const Node& node, std::vector<Part>& out) {
    const std::string_view type = string_member(node, "type");
    Part part;
    if (type == "input_text" || type == "output_text" || type == "text") {
        part.text = string_member(node, "text");
    } else if (type == "refusal") {
        part.text = string_member(node, "refusal");
    } else if (type == "input_image") {
        part.kind = Part::Kind::image;
        set_source(part, string_member(node, "image_url"));
        if (part.text.empty()) return wrong_parameter("input", "an input_image needs an image_url");
    } else if (type == "input_file") {
        part.kind = Part::Kind::document;
        part.name = string_member(node, "filename");
        set_source(part, string_member(node, "file_data"));
        if (part.media_type.empty() || part.text.empty()) {
            return wrong_parameter("input", "a file must be sent as file_data");
        }
    } else {
        return wrong_parameter("input", fmt::format("this model takes no content of type '{}'", type));
    }
    out.push_back(std::move(part));
    return {};
}

Result<void> read_content(const std::optional<Node>& content, std::vector<Part>& out) {
    if (content && content->is_string()) {
        Part part;
        part.text = string_of(content);
        out.push_back(std::move(part));
    }
    for (const Node& node : elements_of(content)) {
        if (Result<void> read = read_part(node, out); !read) return read;
    }
    return {};
}

// Each call and each output is an item of its own here, and part of a turn elsewhere.
std::vector<Part>& turn_of(Role role, ChatRequest& out) {
    if (out.messages.empty() || out.messages.back().role != role) out.messages.push_back({role, {}});
    return out.messages.back().parts;
}

Result<void> read_message(const Node& item, ChatRequest& out) {
    const std::string_view role = string_member(item, "role");
    const auto content = member(item, "content");
    if (role == "system" || role == "developer") return read_content(content, out.system);
    if (role != "user" && role != "assistant") {
        return wrong_parameter("input", fmt::format("there is no role '{}'", role));
    }
    return read_content(content, turn_of(role == "user" ? Role::user : Role::assistant, out));
}

Result<void> read_item(const Node& item, ChatRequest& out) {
    const std::string_view type = string_member(item, "type");
    if (type.empty() || type == "message") return read_message(item, out);
    Part part;
    part.id = string_member(item, "call_id");
    if (type == "function_call") {
        part.kind = Part::Kind::tool_call;
        part.name = string_member(item, "name");
        part.json = arguments_object(string_member(item, "arguments"));
        turn_of(Role::assistant, out).push_back(std::move(part));
    } else if (type == "function_call_output") {
        part.kind = Part::Kind::tool_result;
        if (Result<void> read = read_content(member(item, "output"), part.content); !read) return read;
        turn_of(Role::user, out).push_back(std::move(part));
    } else if (type == "item_reference") {
        return wrong_parameter("input", "this model's provider keeps no items; send them whole");
    } else if (type != "reasoning") {
        out.dropped.add(fmt::format("input.{}", type));
    }
    return {};
}

Result<void> read_input(const Node& root, ChatRequest& out) {
    if (const std::string_view text = string_member(root, "instructions"); !text.empty()) {
        Part part;
        part.text = text;
        out.system.push_back(std::move(part));
    }
    const auto input = member(root, "input");
    if (input && input->is_string()) return read_content(input, turn_of(Role::user, out));
    for (const Node& item : elements_of(input)) {
        if (Result<void> read = read_item(item, out); !read) return read;
    }
    return {};
}

void read_tools(const Node& root, ChatRequest& out) {
    for (const Node& tool : elements_of(member(root, "tools"))) {
        const std::string_view type = string_member(tool, "type");
        if (type == "function") {
            out.tools.push_back(read_tool(tool, "parameters"));
        } else {
            out.dropped.add(fmt::format("tools.{}", type));
        }
    }
    out.parallel_tools = bool_of(member(root, "parallel_tool_calls")).value_or(true);
    const auto choice = member(root, "tool_choice");
    const std::string_view word = string_of(choice);
    if (word == "none") out.choice = ToolChoice::none;
    if (word == "auto") out.choice = ToolChoice::automatic;
    if (word == "required") out.choice = ToolChoice::any;
    if (!choice || !choice->is_object()) return;
    out.chosen_tool = string_member(*choice, "name");
    if (string_member(*choice, "type") == "function") {
        out.choice = ToolChoice::one;
    } else {
        out.dropped.add("tool_choice");
    }
}

void read_settings(const Node& root, ChatRequest& out) {
    out.max_tokens = integer_of(member(root, "max_output_tokens"));
    if (const auto text = member(root, "text")) {
        if (const auto format = member(*text, "format")) read_schema(*format, out);
        if (member(*text, "verbosity")) out.dropped.add("text.verbosity");
    }
    if (const auto reasoning = member(root, "reasoning")) out.effort = string_member(*reasoning, "effort");
    out.user = string_member(root, "safety_identifier");
    if (out.user.empty()) out.user = string_member(root, "user");
    const std::string_view tier = string_member(root, "service_tier");
    if (tier == "auto" || tier == "default") out.tier = tier;
    if (string_member(root, "truncation") == "auto") out.dropped.add("truncation");
}

}  // namespace

Result<void> read_responses_request(const Node& root, ChatRequest& out) {
    for (const std::string_view name : kept_elsewhere) {
        const auto state = member(root, name);
        if (state && !says_nothing(*state)) {
            return wrong_parameter(name, "this model's provider keeps no responses; send the whole conversation");
        }
    }
    if (Result<void> read = read_input(root, out); !read) return read;
    read_sampling(root, out);
    read_settings(root, out);
    read_tools(root, out);
    drop_unknown(root, known, out.dropped);
    return {};
}

}  // namespace signalbox::protocol::detail
