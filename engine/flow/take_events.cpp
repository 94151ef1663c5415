#include "engine/flow/attempt.h"

namespace signalbox::flow {
namespace {

void merge(Usage& total, const Usage& news) {
    if (news.input_tokens >= 0) total.input_tokens = news.input_tokens;
    if (news.output_tokens >= 0) total.output_tokens = news.output_tokens;
    if (news.cached_input_tokens >= 0) total.cached_input_tokens = news.cached_input_tokens;
}

Error take_event(Relay& relay, const protocol::SseEvent& event, protocol::Endpoint endpoint, std::string& out,
                 Usage& usage, bool& content) {
    if (event.comment_only) {
        out += event.raw;
        return {ErrorCode::ok, {}};
    }
    protocol::ChunkInfo chunk = protocol::inspect_chunk(event.data, endpoint);
    if (chunk.malformed) return {ErrorCode::upstream_malformed, "the provider sent an event that is not JSON"};
    if (chunk.error) return {chunk.error_code, std::move(chunk.error_text)};
    merge(usage, chunk.usage);
    // The event we asked for comes after the answer's end; some providers put usage into every chunk besides.
    const bool ours = relay.hide_usage && relay.finished && chunk.usage.known() && !chunk.content && !chunk.finish;
    relay.done = relay.done || chunk.done;
    relay.finished = relay.finished || chunk.finish;
    relay.pieces += chunk.content;
    content = content || chunk.content || (chunk.finish && !lacks_content(chunk.finish_reason, endpoint));
    if (!ours) out += event.raw;
    return {ErrorCode::ok, {}};
}

}  // namespace

Error take_events(Relay& relay, std::string_view payload, protocol::Endpoint endpoint, std::string& out, Usage& usage,
                  bool& content) {
    while (!payload.empty()) {
        Result<std::optional<protocol::SseEvent>> event = relay.events.next(payload);
        if (!event) return std::move(event.error());
        if (!*event) break;
        Error trouble = take_event(relay, **event, endpoint, out, usage, content);
        if (trouble.code != ErrorCode::ok) return trouble;
    }
    return {ErrorCode::ok, {}};
}

Error take_last_event(Relay& relay, protocol::Endpoint endpoint, std::string& out, Usage& usage) {
    const std::optional<protocol::SseEvent> event = relay.events.finish_at_eof();
    if (!event) return {ErrorCode::ok, {}};
    bool content = true;
    Error trouble = take_event(relay, *event, endpoint, out, usage, content);
    if (!out.empty()) out += "\n";  // the blank line it lacked
    return trouble;
}

bool lacks_content(std::string_view finish_reason, protocol::Endpoint endpoint) {
    return endpoint == protocol::Endpoint::chat &&
           (finish_reason == "stop" || finish_reason == "tool_calls" || finish_reason == "function_call");
}

void hide_key(std::string& words, std::string_view key) {
    if (key.empty()) return;
    for (std::size_t at = words.find(key); at != std::string::npos; at = words.find(key, at)) {
        words.replace(at, key.size(), "[key]");
    }
}

}  // namespace signalbox::flow
