#include <utility>

#include "engine/base/limits.h"
#include "engine/protocol/dialect/chat_answer.h"

namespace signalbox::protocol::detail {

void StreamReader::start_once(const std::optional<Node>& message, StreamWriter& writer, std::string& out) {
    if (std::exchange(started_, true)) return;
    // Every event repeats them, so they must not be of any length.
    const auto name = [&](std::string_view key) {
        const std::string_view text = message ? string_member(*message, key) : std::string_view();
        return text.substr(0, limits::name_length_max);
    };
    writer.start(out, name("id"), name("model"));
}

void StreamReader::finish(StreamWriter& writer, std::string& out) {
    if (std::exchange(ended_, true)) return;
    start_once(std::nullopt, writer, out);
    // Some servers call the end of a tool call an ordinary end.
    if (called_tool_ && (stop_ == Stop::end || stop_ == Stop::unset)) stop_ = Stop::tool_call;
    writer.end(out, stop_, stop_sequence_, tokens_);
}

namespace {

class OpenAiReader final : public StreamReader {
  public:
    void read(std::string_view data, StreamWriter& writer, std::string& out, ChunkInfo& info) override;

  private:
    void read_delta(const Node& delta, StreamWriter& writer, std::string& out);
    bool read_call(const Node& call, StreamWriter& writer, std::string& out);

    std::string answer_id_;
    std::string call_id_;  // of the tool call under way
    std::int64_t call_index_ = 0;
    std::size_t calls_ = 0;
    bool confused_ = false;  // a tool call went on that had ended
};

void OpenAiReader::read(std::string_view data, StreamWriter& writer, std::string& out, ChunkInfo& info) {
    info = inspect_chunk(data, Endpoint::chat);
    if (info.malformed || info.error) return;
    if (info.done) return finish(writer, out);
    if (data.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    const auto parsed = parse_tree(data);
    if (parsed.error()) {
        info = {};
        info.malformed = true;
        return;
    }
    const Node& root = parsed.value_unsafe();
    if (const auto usage = member(root, "usage")) read_openai_usage(*usage, tokens_);
    for (const Node& choice : elements_of(member(root, "choices"))) {
        if (integer_of(member(choice, "index")).value_or(0) != 0) continue;
        start_once(root, writer, out);
        if (answer_id_.empty()) answer_id_ = string_member(root, "id");
        if (const auto delta = member(choice, "delta")) read_delta(*delta, writer, out);
        const Stop stop = stop_from_openai(string_member(choice, "finish_reason"));
        if (stop != Stop::unset) stop_ = stop;
    }
    info.malformed = confused_;
}

void OpenAiReader::read_delta(const Node& delta, StreamWriter& writer, std::string& out) {
    const auto say = [&](std::string_view text) {
        if (!text.empty()) writer.text(out, text);
    };
    std::string_view reasoning = string_member(delta, "reasoning_content");
    if (reasoning.empty()) reasoning = string_member(delta, "reasoning");
    if (!reasoning.empty()) writer.thinking(out, reasoning);
    const auto content = member(delta, "content");
    say(string_of(content));
    for (const Node& part : elements_of(content)) say(string_member(part, "text"));
    say(string_member(delta, "refusal"));
    for (const Node& call : elements_of(member(delta, "tool_calls"))) {
        confused_ = confused_ || !read_call(call, writer, out);
    }
}

// Tool calls come one after the other. Some servers leave out the index, some give every call the same, some give none
// an id: what has a name and no number begins anew.
bool OpenAiReader::read_call(const Node& call, StreamWriter& writer, std::string& out) {
    const auto function = member(call, "function");
    const std::string_view id = string_member(call, "id");
    const std::string_view name = function ? string_member(*function, "name") : std::string_view();
    const std::optional<std::int64_t> number = integer_of(member(call, "index"));
    const std::int64_t index = number.value_or(call_index_);
    const bool moved_on = calls_ == 0 || index != call_index_;
    const bool named_anew = !number && id.empty() && !name.empty();
    if (moved_on ? !name.empty() : named_anew || (!id.empty() && id != call_id_)) {
        call_id_ = id;
        call_index_ = index;
        ++calls_;
        called_tool_ = true;
        writer.tool_call(out, id.empty() ? invented_id(answer_id_, calls_) : id, name);
    } else if (moved_on) {
        return false;
    }
    const auto arguments = function ? member(*function, "arguments") : std::nullopt;
    if (!arguments) return true;
    const std::string whole = arguments->is_object() ? json_of(*arguments) : std::string();
    const std::string_view json = whole.empty() ? string_of(arguments) : std::string_view(whole);
    if (!json.empty()) writer.arguments(out, json);
    return true;
}

class AnthropicReader final : public StreamReader {
  public:
    void read(std::string_view data, StreamWriter& writer, std::string& out, ChunkInfo& info) override;

  private:
    void read_block(const Node& block, StreamWriter& writer, std::string& out, ChunkInfo& info);
    void read_delta(const Node& delta, StreamWriter& writer, std::string& out, ChunkInfo& info);
    void read_end(const Node& root, ChunkInfo& info);

    bool in_call_ = false;  // the block under way is a tool call of the client's
};

void AnthropicReader::read(std::string_view data, StreamWriter& writer, std::string& out, ChunkInfo& info) {
    if (data.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    const auto parsed = parse_tree(data);
    info.malformed = parsed.error() || !parsed.value_unsafe().is_object();
    if (info.malformed) return;
    const Node& root = parsed.value_unsafe();
    const std::string_view type = string_member(root, "type");
    if (type == "error" || (type.empty() && member(root, "error"))) {
        info = inspect_chunk(data, Endpoint::chat);
    } else if (type == "message_start") {
        const auto message = member(root, "message");
        const auto usage = message ? member(*message, "usage") : std::nullopt;
        if (usage) read_anthropic_usage(*usage, tokens_);
        tokens_.output = -1;  // only begun
        info.usage = usage_of(tokens_);
        start_once(message, writer, out);
    } else if (type == "content_block_start" || type == "content_block_delta") {
        start_once(std::nullopt, writer, out);
        const bool start = type == "content_block_start";
        const auto part = member(root, start ? "content_block" : "delta");
        if (part) start ? read_block(*part, writer, out, info) : read_delta(*part, writer, out, info);
    } else if (type == "content_block_stop") {
        in_call_ = false;
    } else if (type == "message_delta") {
        read_end(root, info);
    } else if (type == "message_stop") {
        info.done = true;
        finish(writer, out);
    } else if (type == "ping") {
        writer.keep_alive(out);
    }
}

void AnthropicReader::read_block(const Node& block, StreamWriter& writer, std::string& out, ChunkInfo& info) {
    const std::string_view type = string_member(block, "type");
    in_call_ = type == "tool_use";
    if (in_call_) {
        called_tool_ = info.content = true;
        writer.tool_call(out, string_member(block, "id"), string_member(block, "name"));
        const auto input = member(block, "input");
        if (input && input->is_object() && !says_nothing(*input)) writer.arguments(out, json_of(*input));
    } else if (type == "redacted_thinking") {
        info.content = true;
        writer.hidden_thinking(out, string_member(block, "data"));
    } else if (const std::string_view text = string_member(block, "text"); type == "text" && !text.empty()) {
        info.content = true;
        writer.text(out, text);
    }
}

void AnthropicReader::read_delta(const Node& delta, StreamWriter& writer, std::string& out, ChunkInfo& info) {
    using Say = void (StreamWriter::*)(std::string&, std::string_view);
    const auto pass = [&](std::string_view key, Say say) {
        const std::string_view text = string_member(delta, key);
        if (text.empty()) return;
        info.content = true;
        (writer.*say)(out, text);
    };
    const std::string_view type = string_member(delta, "type");
    if (type == "text_delta") pass("text", &StreamWriter::text);
    if (type == "thinking_delta") pass("thinking", &StreamWriter::thinking);
    if (type == "signature_delta") pass("signature", &StreamWriter::signature);
    if (type == "input_json_delta" && in_call_) pass("partial_json", &StreamWriter::arguments);
}

void AnthropicReader::read_end(const Node& root, ChunkInfo& info) {
    if (const auto usage = member(root, "usage")) read_anthropic_usage(*usage, tokens_);
    info.usage = usage_of(tokens_);
    const auto delta = member(root, "delta");
    const Stop stop = delta ? stop_from_anthropic(string_member(*delta, "stop_reason")) : Stop::unset;
    if (stop == Stop::unset) return;
    info.finish = true;
    info.finish_reason = openai_stop(stop);
    stop_ = stop;
    stop_sequence_ = string_member(*delta, "stop_sequence");
}

}  // namespace

std::unique_ptr<StreamReader> make_stream_reader(Dialect provider) {
    if (provider == Dialect::anthropic) return std::make_unique<AnthropicReader>();
    return std::make_unique<OpenAiReader>();
}

}  // namespace signalbox::protocol::detail
