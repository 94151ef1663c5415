#include <algorithm>
#include <utility>

#include "engine/protocol/dialect/call_signatures.h"
#include "engine/protocol/dialect/chat_request.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

using Kind = Part::Kind;

bool is_media(const Part& part) {
    return part.kind == Kind::image || part.kind == Kind::document;
}

std::string joined_text(const std::vector<Part>& parts, std::string_view between) {
    std::string out;
    for (const Part& part : parts) {
        if (part.kind != Kind::text || part.text.empty()) continue;
        if (!out.empty()) out += between;
        out += part.text;
    }
    return out;
}

void write_part(JsonWriter& json, const Part& part) {
    std::string url;
    append_data_url(url, part);
    if (part.kind == Kind::text) {
        json.begin('{').member("type", "text").member("text", part.text).end('}');
    } else if (part.kind == Kind::image) {
        json.begin('{').member("type", "image_url").key("image_url");
        json.begin('{').member("url", url).end('}').end('}');
    } else {
        json.begin('{').member("type", "file").key("file").begin('{');
        json.member("filename", part.name.empty() ? "document.pdf" : part.name).member("file_data", url);
        json.end('}').end('}');
    }
}

// What is left of a user's turn once its tool results are messages of their own.
void write_user(JsonWriter& json, const std::vector<const Part*>& parts) {
    if (parts.empty()) return;
    json.begin('{').member("role", "user").key("content");
    if (parts.size() == 1 && parts.front()->kind == Kind::text) {
        json.string(parts.front()->text);
    } else {
        json.begin('[');
        for (const Part* part : parts) write_part(json, *part);
        json.end(']');
    }
    json.end('}');
}

void write_user_turn(JsonWriter& json, const std::vector<Part>& parts) {
    std::vector<const Part*> rest;
    for (const Part& part : parts) {
        if (part.kind != Kind::tool_result) continue;
        json.begin('{').member("role", "tool").member("tool_call_id", part.id);
        json.member("content", joined_text(part.content, "\n")).end('}');
        // A tool's answer is text in this dialect; its pictures follow as the user's.
        for (const Part& inner : part.content) {
            if (is_media(inner)) rest.push_back(&inner);
        }
    }
    for (const Part& part : parts) {
        if (part.kind == Kind::text || is_media(part)) rest.push_back(&part);
    }
    write_user(json, rest);
}

void write_assistant(JsonWriter& json, const std::vector<Part>& parts, bool signed_calls) {
    const auto is_call = [](const Part& part) { return part.kind == Kind::tool_call; };
    const std::string text = joined_text(parts, "");
    const bool calls = std::ranges::any_of(parts, is_call);
    json.begin('{').member("role", "assistant").key("content");
    text.empty() && calls ? json.json("null") : json.string(text);
    if (calls) {
        json.key("tool_calls").begin('[');
        for (const Part& part : parts) {
            if (!is_call(part)) continue;
            json.begin('{').member("id", part.id).member("type", "function").key("function");
            json.begin('{').member("name", part.name).member("arguments", part.json).end('}');
            if (std::exchange(signed_calls, false)) json.key("extra_content").json(unsigned_call);
            json.end('}');
        }
        json.end(']');
    }
    json.end('}');
}

void write_messages(JsonWriter& json, const ChatRequest& request, bool signed_calls) {
    json.key("messages").begin('[');
    const std::string system = joined_text(request.system, "\n\n");
    if (!system.empty()) json.begin('{').member("role", "system").member("content", system).end('}');
    for (const Message& message : request.messages) {
        message.role == Role::user ? write_user_turn(json, message.parts)
                                   : write_assistant(json, message.parts, signed_calls);
    }
    json.end(']');
}

void write_tools(JsonWriter& json, const ChatRequest& request) {
    if (request.tools.empty()) return;
    json.key("tools").begin('[');
    for (const Tool& tool : request.tools) {
        json.begin('{').member("type", "function").key("function").begin('{').member("name", tool.name);
        json.member_if("description", tool.description).key("parameters").json(tool.schema);
        if (tool.strict) json.key("strict").boolean(*tool.strict);
        json.end('}').end('}');
    }
    json.end(']');
    if (request.choice == ToolChoice::none) json.member("tool_choice", "none");
    if (request.choice == ToolChoice::automatic) json.member("tool_choice", "auto");
    if (request.choice == ToolChoice::any) json.member("tool_choice", "required");
    if (request.choice == ToolChoice::one) {
        json.key("tool_choice").begin('{').member("type", "function").key("function");
        json.begin('{').member("name", request.chosen_tool).end('}').end('}');
    }
    if (!request.parallel_tools) json.key("parallel_tool_calls").boolean(false);
}

void write_settings(JsonWriter& json, const ChatRequest& request, const RequestOptions& options) {
    if (request.max_tokens) {
        const std::int64_t most = options.max_output.value_or(*request.max_tokens);
        json.key(options.completion_tokens ? "max_completion_tokens" : "max_tokens");
        json.number(std::min(*request.max_tokens, most));
    }
    if (!request.stops.empty()) {
        json.key("stop").begin('[');
        for (const std::string_view stop : request.stops) json.string(stop);
        json.end(']');
    }
    if (request.temperature) json.key("temperature").number(*request.temperature);
    if (request.top_p) json.key("top_p").number(*request.top_p);
    json.member_if("reasoning_effort", request.effort);
    json.member_if("user", request.user).member_if("service_tier", request.tier);
    if (!request.schema.empty()) {
        json.key("response_format").begin('{').member("type", "json_schema").key("json_schema").begin('{');
        json.member("name", request.schema_name.empty() ? "answer" : request.schema_name);
        json.key("schema").json(request.schema).key("strict").boolean(request.schema_strict.value_or(true));
        json.end('}').end('}');
    }
    if (!request.stream) return;
    json.key("stream").boolean(true).key("stream_options").json(R"({"include_usage":true})");
}

}  // namespace

std::string write_openai_request(ChatRequest& request, const RequestOptions& options) {
    if (request.top_k) request.dropped.add("top_k");
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("model", options.model);
    write_messages(json, request, options.signed_calls);
    write_tools(json, request);
    write_settings(json, request, options);
    json.end('}');
    return out;
}

}  // namespace signalbox::protocol::detail
