#include "engine/protocol/dialect/responses_items.h"

#include "engine/base/limits.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

std::string_view status_of(bool done) {
    return done ? "completed" : "in_progress";
}

}  // namespace

std::string text_part(std::string_view type, std::string_view text) {
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("type", type).member("text", text);
    if (type == "output_text") json.key("annotations").json("[]");
    json.end('}');
    return out;
}

std::string message_item(std::string_view id, std::string_view text, bool done) {
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("id", id).member("type", "message").member("status", status_of(done));
    json.member("role", "assistant").key("content").begin('[');
    if (done) json.json(text_part("output_text", text));
    json.end(']').end('}');
    return out;
}

std::string reasoning_item(std::string_view id, std::string_view text, bool done) {
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("id", id).member("type", "reasoning").key("summary").begin('[');
    if (done) json.json(text_part("summary_text", text));
    json.end(']').end('}');
    return out;
}

std::string call_item(std::string_view id, std::string_view call_id, std::string_view name, std::string_view arguments,
                      bool done) {
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("id", id).member("type", "function_call").member("status", status_of(done));
    json.member("call_id", call_id).member("name", name).member("arguments", arguments).end('}');
    return out;
}

std::string_view response_status(Stop stop) {
    if (stop == Stop::unset) return "in_progress";
    return stop == Stop::length || stop == Stop::refused ? "incomplete" : "completed";
}

std::string response_object(std::string_view id, std::string_view model, std::int64_t created, Stop stop,
                            std::string_view output, const TokenCount& tokens) {
    std::string out;
    JsonWriter json(out);
    json.begin('{').member("id", id).member("object", "response").key("created_at").number(created);
    json.member("status", response_status(stop)).key("error").json("null").key("incomplete_details");
    if (stop == Stop::length || stop == Stop::refused) {
        json.begin('{').member("reason", stop == Stop::length ? "max_output_tokens" : "content_filter").end('}');
    } else {
        json.json("null");
    }
    json.key("instructions").json("null").member("model", model).key("output").json(output);
    json.key("parallel_tool_calls").boolean(true).key("previous_response_id").json("null");
    json.key("store").boolean(false).member("tool_choice", "auto").key("tools").json("[]").key("metadata").json("{}");
    json.key("usage").json(stop == Stop::unset ? "null" : responses_usage(tokens)).end('}');
    return out;
}

void write_responses_answer(std::string& out, const ChatAnswer& answer, const AnswerOptions& options) {
    std::string output;
    JsonWriter json(output);
    json.begin('[');
    const std::string_view answer_id = answer.id.substr(0, limits::name_length_max);  // every item repeats it
    int index = 0;
    for (const Part& part : answer.parts) {
        const std::string id = fmt::format("item_{}_{}", index++, answer_id);
        if (part.kind == Part::Kind::text) json.json(message_item(id, part.text, true));
        if (part.kind == Part::Kind::thinking) json.json(reasoning_item(id, part.text, true));
        if (part.kind == Part::Kind::tool_call) json.json(call_item(id, part.id, part.name, part.json, true));
    }
    json.end(']');
    const Stop stop = answer.stop == Stop::unset ? Stop::end : answer.stop;
    out +=
        response_object(fmt::format("resp_{}", answer_id), answer.model, options.created, stop, output, answer.tokens);
}

}  // namespace signalbox::protocol::detail
