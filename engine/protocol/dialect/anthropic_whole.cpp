#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

using Kind = Part::Kind;

void read_block(const Node& block, std::vector<Part>& parts) {
    const std::string_view type = string_member(block, "type");
    Part part;
    if (type == "text") {
        part.text = string_member(block, "text");
    } else if (type == "thinking") {
        part.kind = Kind::thinking;
        part.text = string_member(block, "thinking");
        part.signature = string_member(block, "signature");
    } else if (type == "redacted_thinking") {
        part.kind = Kind::hidden_thinking;
        part.text = string_member(block, "data");
    } else if (type == "tool_use") {
        const auto input = member(block, "input");
        part.kind = Kind::tool_call;
        part.id = string_member(block, "id");
        part.name = string_member(block, "name");
        part.json = input && input->is_object() ? json_of(*input) : "{}";
    } else {
        return;  // what the provider's own tools did
    }
    parts.push_back(std::move(part));
}

void write_block(JsonWriter& json, const Part& part) {
    switch (part.kind) {
        case Kind::text:
            json.begin('{').member("type", "text").member("text", part.text).end('}');
            break;
        case Kind::thinking:
            json.begin('{').member("type", "thinking").member("thinking", part.text);
            json.member("signature", part.signature).end('}');
            break;
        case Kind::hidden_thinking:
            json.begin('{').member("type", "redacted_thinking").member("data", part.text).end('}');
            break;
        case Kind::tool_call:
            json.begin('{').member("type", "tool_use").member("id", part.id).member("name", part.name);
            json.key("input").json(part.json).end('}');
            break;
        default:
            break;  // never part of an answer
    }
}

}  // namespace

ChatAnswer read_anthropic_answer(const Node& root) {
    ChatAnswer out;
    out.id = string_member(root, "id");
    out.model = string_member(root, "model");
    out.stop = stop_from_anthropic(string_member(root, "stop_reason"));
    out.stop_sequence = string_member(root, "stop_sequence");
    if (const auto usage = member(root, "usage")) read_anthropic_usage(*usage, out.tokens);
    for (const Node& block : elements_of(member(root, "content"))) read_block(block, out.parts);
    return out;
}

void write_anthropic_answer(std::string& out, const ChatAnswer& answer) {
    JsonWriter json(out);
    json.begin('{').member("id", answer.id).member("type", "message").member("role", "assistant");
    json.member("model", answer.model).key("content").begin('[');
    for (const Part& part : answer.parts) write_block(json, part);
    json.end(']').member("stop_reason", anthropic_stop(answer.stop)).key("stop_sequence");
    answer.stop_sequence.empty() ? json.json("null") : json.string(answer.stop_sequence);
    json.key("usage").json(anthropic_usage(answer.tokens)).end('}');
}

}  // namespace signalbox::protocol::detail
