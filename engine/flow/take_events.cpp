#include "engine/flow/attempt.h"

namespace signalbox::flow {
namespace {

void merge(Usage& total, const Usage& news) {
    if (news.input_tokens >= 0) total.input_tokens = news.input_tokens;
    if (news.output_tokens >= 0) total.output_tokens = news.output_tokens;
    if (news.cached_input_tokens >= 0) total.cached_input_tokens = news.cached_input_tokens;
}

}  // namespace

Error take_events(Relay& relay, std::string_view payload, protocol::Endpoint endpoint, std::string& out, Usage& usage,
                  bool& content) {
    while (!payload.empty()) {
        Result<std::optional<protocol::SseEvent>> event = relay.events.next(payload);
        if (!event) return std::move(event.error());
        if (!*event) break;
        if ((*event)->comment_only) {
            out += (*event)->raw;
            continue;
        }
        protocol::ChunkInfo chunk = protocol::inspect_chunk((*event)->data, endpoint);
        if (chunk.malformed) return {ErrorCode::upstream_malformed, "the provider sent an event that is not JSON"};
        if (chunk.error) return {chunk.error_code, std::move(chunk.error_text)};
        merge(usage, chunk.usage);
        relay.done = relay.done || chunk.done;
        relay.finished = relay.finished || chunk.finish;
        content = content || chunk.content || chunk.finish;
        const bool ours = relay.hide_usage && chunk.usage.known() && !chunk.content && !chunk.finish;
        if (!ours) out += (*event)->raw;
    }
    return {ErrorCode::ok, {}};
}

}  // namespace signalbox::flow
