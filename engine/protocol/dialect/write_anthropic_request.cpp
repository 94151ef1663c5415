#include <algorithm>
#include <array>

#include "engine/protocol/dialect/chat_request.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

using Kind = Part::Kind;

// The least the provider takes, and what each word is worth.
constexpr std::int64_t budget_min = 1024;  // tokens
struct Effort {
    std::string_view word;
    std::int64_t budget;  // tokens
};
constexpr auto efforts = std::to_array<Effort>(
    {{"minimal", budget_min}, {"low", budget_min}, {"medium", 4096}, {"high", 16384}, {"xhigh", 32768}});

void write_source(JsonWriter& json, const Part& part) {
    json.key("source").begin('{');
    if (part.media_type.empty()) {
        json.member("type", "url").member("url", part.text);
    } else {
        json.member("type", "base64").member("media_type", part.media_type).member("data", part.text);
    }
    json.end('}');
}

// This provider takes no other characters in an id.
std::string plain_id(std::string id) {
    const auto other = [](char c) {
        return !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-';
    };
    std::ranges::replace_if(id, other, '_');
    return id;
}

void write_parts(JsonWriter& json, const std::vector<Part>& parts);

void write_part(JsonWriter& json, const Part& part) {
    switch (part.kind) {
        case Kind::text:
            if (!part.text.empty()) json.begin('{').member("type", "text").member("text", part.text).end('}');
            break;
        case Kind::image:
        case Kind::document:
            json.begin('{').member("type", part.kind == Kind::image ? "image" : "document");
            if (part.kind == Kind::document) json.member_if("title", part.name);
            write_source(json, part);
            json.end('}');
            break;
        case Kind::thinking:
            if (part.signature.empty()) break;  // somebody else's thoughts
            json.begin('{').member("type", "thinking").member("thinking", part.text);
            json.member("signature", part.signature).end('}');
            break;
        case Kind::hidden_thinking:
            json.begin('{').member("type", "redacted_thinking").member("data", part.text).end('}');
            break;
        case Kind::tool_call:
            json.begin('{').member("type", "tool_use").member("id", plain_id(part.id)).member("name", part.name);
            json.key("input").json(part.json).end('}');
            break;
        case Kind::tool_result:
            json.begin('{').member("type", "tool_result").member("tool_use_id", plain_id(part.id));
            json.key("content").begin('[');
            write_parts(json, part.content);
            json.end(']');
            if (part.is_error) json.key("is_error").boolean(true);
            json.end('}');
            break;
    }
}

void write_parts(JsonWriter& json, const std::vector<Part>& parts) {
    for (const Part& part : parts) write_part(json, part);
}

bool is_empty(const Message& message) {
    return std::ranges::all_of(message.parts, [](const Part& part) {
        return (part.kind == Kind::text && part.text.empty()) ||
               (part.kind == Kind::thinking && part.signature.empty());
    });
}

// Turns alternate in this dialect: what one side says in several messages is one.
void write_messages(JsonWriter& json, const std::vector<Message>& messages) {
    json.key("messages").begin('[');
    std::optional<Role> speaking;
    for (const Message& message : messages) {
        if (is_empty(message)) continue;
        if (speaking != message.role) {
            if (speaking) json.end(']').end('}');
            json.begin('{').member("role", message.role == Role::user ? "user" : "assistant");
            json.key("content").begin('[');
            speaking = message.role;
        }
        write_parts(json, message.parts);
    }
    if (speaking) json.end(']').end('}');
    json.end(']');
}

void write_system(JsonWriter& json, const std::vector<Part>& system) {
    const auto said = [](const Part& part) { return part.kind == Kind::text && !part.text.empty(); };
    const auto texts = std::ranges::count_if(system, said);
    if (texts == 0) return;
    json.key("system");
    if (texts == 1) {
        json.string(std::ranges::find_if(system, said)->text);
        return;
    }
    json.begin('[');
    for (const Part& part : system) {
        if (said(part)) write_part(json, part);
    }
    json.end(']');
}

void write_tools(JsonWriter& json, const ChatRequest& request) {
    if (request.tools.empty()) return;
    json.key("tools").begin('[');
    for (const Tool& tool : request.tools) {
        json.begin('{').member("name", tool.name).member_if("description", tool.description);
        json.key("input_schema").json(tool.schema);
        if (tool.strict) json.key("strict").boolean(*tool.strict);
        json.end('}');
    }
    json.end(']');
    if (request.choice == ToolChoice::unset && request.parallel_tools) return;
    static constexpr std::array<std::string_view, 5> words = {"auto", "none", "auto", "any", "tool"};
    json.key("tool_choice").begin('{').member("type", words[static_cast<std::size_t>(request.choice)]);
    if (request.choice == ToolChoice::one) json.member("name", request.chosen_tool);
    const bool any_call = request.choice != ToolChoice::none;
    if (any_call && !request.parallel_tools) json.key("disable_parallel_tool_use").boolean(true);
    json.end('}');
}

// The thoughts that led to the last tool call must come back with it, or thinking be off.
bool forgot_thoughts(const std::vector<Message>& messages) {
    const auto last = std::ranges::find(messages.rbegin(), messages.rend(), Role::assistant, &Message::role);
    if (last == messages.rend()) return false;
    const auto any = [&](auto is) { return std::ranges::any_of(last->parts, is); };
    const bool thinks = any([](const Part& part) {
        return part.kind == Kind::hidden_thinking || (part.kind == Kind::thinking && !part.signature.empty());
    });
    return !thinks && any([](const Part& part) { return part.kind == Kind::tool_call; });
}

// Tokens to think with; none where it was not asked for or cannot be.
std::optional<std::int64_t> thinking_budget(ChatRequest& request, std::int64_t max_tokens) {
    if (request.effort.empty() || request.effort == "none") return std::nullopt;
    const auto known = std::ranges::find(efforts, request.effort, &Effort::word);
    const std::int64_t budget = known == efforts.end() ? 0 : std::min(known->budget, max_tokens / 2);
    const bool forced_tool = request.choice == ToolChoice::any || request.choice == ToolChoice::one;
    if (budget >= budget_min && !forced_tool && !forgot_thoughts(request.messages)) return budget;
    request.dropped.add("reasoning_effort");
    return std::nullopt;
}

void write_sampling(JsonWriter& json, ChatRequest& request, bool thinks) {
    if (thinks) {
        // Thinking goes with the provider's own sampling only.
        if (request.temperature && *request.temperature != 1) request.dropped.add("temperature");
        if (request.top_p && *request.top_p != 1) request.dropped.add("top_p");
        if (request.top_k) request.dropped.add("top_k");
        return;
    }
    if (request.temperature) {
        if (*request.temperature > 1) request.dropped.add("temperature");
        json.key("temperature").number(std::clamp(*request.temperature, 0.0, 1.0));
    }
    if (request.top_p) json.key("top_p").number(*request.top_p);
    if (request.top_k) json.key("top_k").number(*request.top_k);
}

void write_stops(JsonWriter& json, ChatRequest& request) {
    const auto blank = [](std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; };
    if (std::erase_if(request.stops, blank) > 0) request.dropped.add("stop");
    if (request.stops.empty()) return;
    json.key("stop_sequences").begin('[');
    for (const std::string_view stop : request.stops) json.string(stop);
    json.end(']');
}

}  // namespace

std::string write_anthropic_request(ChatRequest& request, const RequestOptions& options) {
    std::int64_t max_tokens = request.max_tokens.value_or(options.max_output.value_or(max_tokens_default));
    max_tokens = std::max<std::int64_t>(1, std::min(max_tokens, options.max_output.value_or(max_tokens)));
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("model", options.model).key("max_tokens").number(max_tokens);
    write_system(json, request.system);
    write_messages(json, request.messages);
    write_tools(json, request);
    const std::optional<std::int64_t> budget = thinking_budget(request, max_tokens);
    if (budget) {
        json.key("thinking").begin('{').member("type", "enabled").key("budget_tokens").number(*budget).end('}');
    }
    write_sampling(json, request, budget.has_value());
    write_stops(json, request);
    if (!request.schema.empty()) {
        json.key("output_config").begin('{').key("format").begin('{').member("type", "json_schema");
        json.key("schema").json(request.schema).end('}').end('}');
    }
    if (!request.user.empty()) json.key("metadata").begin('{').member("user_id", request.user).end('}');
    if (!request.tier.empty()) json.member("service_tier", request.tier == "default" ? "standard_only" : "auto");
    if (request.stream) json.key("stream").boolean(true);
    json.end('}');
    return out;
}

}  // namespace signalbox::protocol::detail
