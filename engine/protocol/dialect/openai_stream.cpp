#include "engine/protocol/dialect/openai_stream.h"

namespace signalbox::protocol::detail {

void OpenAiWriter::start(std::string& out, std::string_view id, std::string_view model) {
    JsonWriter json(prefix_);
    json.begin('{').member("id", id.empty() ? "chatcmpl" : id).member("object", "chat.completion.chunk");
    json.key("created").number(options_.created).member("model", model);
    prefix_.insert(0, "data: ");
    delta(out, R"({"role":"assistant","content":""})");
}

void OpenAiWriter::text(std::string& out, std::string_view text) {
    end_call(out);
    say(out, "content", text);
}

void OpenAiWriter::thinking(std::string& out, std::string_view text) {
    end_call(out);
    if (thought_.size() + text.size() <= thought_max) thought_ += text;
    say(out, "reasoning_content", text);
}

// The whole thought with its proof, in the form in which it is taken back.
void OpenAiWriter::signature(std::string& out, std::string_view signature) {
    scratch_.clear();
    JsonWriter json(scratch_);
    json.begin('{').key("thinking_blocks").begin('[').begin('{').member("type", "thinking");
    json.member("thinking", thought_).member("signature", signature).end('}').end(']').end('}');
    delta(out, scratch_);
    thought_.clear();
}

void OpenAiWriter::hidden_thinking(std::string& out, std::string_view data) {
    end_call(out);
    scratch_.clear();
    JsonWriter json(scratch_);
    json.begin('{').key("thinking_blocks").begin('[').begin('{').member("type", "redacted_thinking");
    json.member("data", data).end('}').end(']').end('}');
    delta(out, scratch_);
}

void OpenAiWriter::tool_call(std::string& out, std::string_view id, std::string_view name) {
    end_call(out);
    in_call_ = true;
    scratch_.clear();
    JsonWriter json(scratch_);
    json.begin('{').key("tool_calls").begin('[').begin('{').key("index").number(calls_++).member("id", id);
    json.member("type", "function").key("function").begin('{').member("name", name).member("arguments", "");
    json.end('}').end('}').end(']').end('}');
    delta(out, scratch_);
}

void OpenAiWriter::arguments(std::string& out, std::string_view part) {
    if (!in_call_) return;
    call_said_ = true;
    scratch_.clear();
    JsonWriter json(scratch_);
    json.begin('{').key("tool_calls").begin('[').begin('{').key("index").number(calls_ - 1).key("function");
    json.begin('{').member("arguments", part).end('}').end('}').end(']').end('}');
    delta(out, scratch_);
}

// Clients read the arguments as JSON, and nothing at all is none.
void OpenAiWriter::end_call(std::string& out) {
    if (in_call_ && !call_said_) arguments(out, "{}");
    in_call_ = call_said_ = false;
}

void OpenAiWriter::end(std::string& out, Stop stop, std::string_view, const TokenCount& tokens) {
    end_call(out);
    out += prefix_;
    out += R"(,"choices":[{"index":0,"delta":{},"finish_reason":")";
    out += openai_stop(stop);
    out += "\"}]}\n\n";
    if (options_.include_usage) {
        out += prefix_;
        out += R"(,"choices":[],"usage":)";
        out += openai_usage(tokens);
        out += "}\n\n";
    }
    out += "data: [DONE]\n\n";
}

void OpenAiWriter::say(std::string& out, std::string_view key, std::string_view text) {
    scratch_.clear();
    JsonWriter(scratch_).begin('{').member(key, text).end('}');
    delta(out, scratch_);
}

void OpenAiWriter::delta(std::string& out, std::string_view json) {
    out += prefix_;
    out += R"(,"choices":[{"index":0,"delta":)";
    out += json;
    out += ",\"finish_reason\":null}]}\n\n";
}

}  // namespace signalbox::protocol::detail
