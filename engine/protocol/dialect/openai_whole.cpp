#include <array>

#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

using Kind = Part::Kind;

void add(std::vector<Part>& parts, Kind kind, std::string_view text) {
    if (text.empty()) return;
    Part part;
    part.kind = kind;
    part.text = text;
    parts.push_back(std::move(part));
}

// A string, or parts with texts in them.
void read_content(const std::optional<Node>& content, std::vector<Part>& parts) {
    add(parts, Kind::text, string_of(content));
    for (const Node& node : elements_of(content)) add(parts, Kind::text, string_member(node, "text"));
}

void read_message(const Node& message, ChatAnswer& out) {
    const std::string_view reasoning = string_member(message, "reasoning_content");
    add(out.parts, Kind::thinking, reasoning.empty() ? string_member(message, "reasoning") : reasoning);
    read_content(member(message, "content"), out.parts);
    add(out.parts, Kind::text, string_member(message, "refusal"));
    for (const Node& call : elements_of(member(message, "tool_calls"))) {
        const auto function = member(call, "function");
        if (!function) continue;
        Part part;
        part.kind = Kind::tool_call;
        part.id = string_member(call, "id");
        if (part.id.empty()) part.id = invented_id(out.id, out.parts.size());
        part.name = string_member(*function, "name");
        // Some servers send the object itself.
        const auto arguments = member(*function, "arguments");
        part.json = arguments && arguments->is_object() ? json_of(*arguments) : arguments_object(string_of(arguments));
        out.parts.push_back(std::move(part));
    }
}

std::string joined(const std::vector<Part>& parts, Kind kind) {
    std::string out;
    for (const Part& part : parts) {
        if (part.kind == kind) out += part.text;
    }
    return out;
}

bool has(const std::vector<Part>& parts, Kind kind) {
    for (const Part& part : parts) {
        if (part.kind == kind) return true;
    }
    return false;
}

// The thoughts with what proves whose they are: a client that sends them back continues them.
void write_thinking(JsonWriter& json, const std::vector<Part>& parts) {
    const std::string thoughts = joined(parts, Kind::thinking);
    json.member_if("reasoning_content", thoughts);
    if (thoughts.empty() && !has(parts, Kind::hidden_thinking)) return;
    json.key("thinking_blocks").begin('[');
    for (const Part& part : parts) {
        if (part.kind == Kind::thinking) {
            json.begin('{').member("type", "thinking").member("thinking", part.text);
            json.member("signature", part.signature).end('}');
        } else if (part.kind == Kind::hidden_thinking) {
            json.begin('{').member("type", "redacted_thinking").member("data", part.text).end('}');
        }
    }
    json.end(']');
}

void write_tool_calls(JsonWriter& json, const std::vector<Part>& parts) {
    if (!has(parts, Kind::tool_call)) return;
    json.key("tool_calls").begin('[');
    for (const Part& part : parts) {
        if (part.kind != Kind::tool_call) continue;
        json.begin('{').member("id", part.id).member("type", "function").key("function").begin('{');
        json.member("name", part.name).member("arguments", part.json).end('}').end('}');
    }
    json.end(']');
}

}  // namespace

ChatAnswer read_openai_answer(const Node& root) {
    ChatAnswer out;
    out.id = string_member(root, "id");
    out.model = string_member(root, "model");
    if (const auto usage = member(root, "usage")) read_openai_usage(*usage, out.tokens);
    const std::vector<Node> choices = elements_of(member(root, "choices"));
    if (choices.empty()) return out;
    out.stop = stop_from_openai(string_member(choices.front(), "finish_reason"));
    if (const auto message = member(choices.front(), "message")) read_message(*message, out);
    return out;
}

void write_openai_answer(std::string& out, const ChatAnswer& answer, const AnswerOptions& options) {
    const std::string text = joined(answer.parts, Kind::text);
    JsonWriter json(out);
    json.begin('{').member("id", answer.id).member("object", "chat.completion");
    json.key("created").number(options.created).member("model", answer.model).key("choices").begin('[');
    json.begin('{').key("index").number(0).key("message").begin('{').member("role", "assistant").key("content");
    text.empty() && has(answer.parts, Kind::tool_call) ? json.json("null") : json.string(text);
    json.key("refusal").json("null");
    write_thinking(json, answer.parts);
    write_tool_calls(json, answer.parts);
    json.end('}').key("logprobs").json("null").member("finish_reason", openai_stop(answer.stop)).end('}').end(']');
    json.key("usage").json(openai_usage(answer.tokens)).end('}');
}

}  // namespace signalbox::protocol::detail
