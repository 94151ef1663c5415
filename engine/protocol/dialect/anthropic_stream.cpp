#include "engine/protocol/dialect/anthropic_stream.h"

#include <iterator>

#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

using Kind = Part::Kind;

void append_event(std::string& out, std::string_view type, std::string_view rest) {
    out += "event: ";
    out += type;
    out += "\ndata: {\"type\":\"";
    out += type;
    out += '"';
    out += rest;
    out += "}\n\n";
}

}  // namespace

void AnthropicWriter::start(std::string& out, std::string_view id, std::string_view model) {
    TokenCount tokens;
    tokens.input = options_.input_estimate;
    std::string message;
    JsonWriter json(message);
    json.begin('{').member("id", id.empty() ? "msg" : id).member("type", "message").member("role", "assistant");
    json.member("model", model).key("content").json("[]").key("stop_reason").json("null");
    json.key("stop_sequence").json("null").key("usage").json(anthropic_usage(tokens)).end('}');
    append_event(out, "message_start", R"(,"message":)" + message);
}

void AnthropicWriter::text(std::string& out, std::string_view text) {
    open(out, Kind::text, R"({"type":"text","text":""})");
    delta(out, "text_delta", "text", text);
}

void AnthropicWriter::thinking(std::string& out, std::string_view text) {
    open(out, Kind::thinking, R"({"type":"thinking","thinking":"","signature":""})");
    delta(out, "thinking_delta", "thinking", text);
}

void AnthropicWriter::signature(std::string& out, std::string_view signature) {
    open(out, Kind::thinking, R"({"type":"thinking","thinking":"","signature":""})");
    delta(out, "signature_delta", "signature", signature);
}

void AnthropicWriter::hidden_thinking(std::string& out, std::string_view data) {
    std::string block;
    JsonWriter(block).begin('{').member("type", "redacted_thinking").member("data", data).end('}');
    begin_block(out, Kind::hidden_thinking, block);
}

void AnthropicWriter::tool_call(std::string& out, std::string_view id, std::string_view name) {
    std::string block;
    JsonWriter json(block);
    json.begin('{').member("type", "tool_use").member("id", id).member("name", name).key("input").json("{}").end('}');
    begin_block(out, Kind::tool_call, block);
}

void AnthropicWriter::arguments(std::string& out, std::string_view part) {
    if (block_ == Kind::tool_call) delta(out, "input_json_delta", "partial_json", part);
}

void AnthropicWriter::keep_alive(std::string& out) {
    append_event(out, "ping", {});
}

void AnthropicWriter::end(std::string& out, Stop stop, std::string_view stop_sequence, const TokenCount& tokens) {
    close(out);
    TokenCount total = tokens;
    if (total.input < 0) total.input = options_.input_estimate;
    std::string inner;
    JsonWriter json(inner);
    json.begin('{').member("stop_reason", anthropic_stop(stop)).key("stop_sequence");
    stop_sequence.empty() ? json.json("null") : json.string(stop_sequence);
    json.end('}');
    append_event(out, "message_delta", R"(,"delta":)" + inner + R"(,"usage":)" + anthropic_usage(total));
    append_event(out, "message_stop", {});
}

void AnthropicWriter::open(std::string& out, Kind kind, std::string_view block) {
    if (block_ != kind) begin_block(out, kind, block);
}

void AnthropicWriter::begin_block(std::string& out, Kind kind, std::string_view block) {
    close(out);
    block_ = kind;
    scratch_.clear();
    fmt::format_to(std::back_inserter(scratch_), R"(,"index":{},"content_block":{})", next_, block);
    append_event(out, "content_block_start", scratch_);
}

void AnthropicWriter::close(std::string& out) {
    if (!block_) return;
    block_.reset();
    append_event(out, "content_block_stop", fmt::format(R"(,"index":{})", next_++));
}

void AnthropicWriter::delta(std::string& out, std::string_view type, std::string_view key, std::string_view text) {
    scratch_.clear();
    fmt::format_to(std::back_inserter(scratch_), R"(,"index":{},"delta":{{"type":"{}","{}":)", next_, type, key);
    append_json_string(scratch_, text);
    scratch_ += '}';
    append_event(out, "content_block_delta", scratch_);
}

}  // namespace signalbox::protocol::detail
