#include "engine/flow/transcript.h"

#include <algorithm>

#include "engine/protocol/dialect/chunk_text.h"

namespace signalbox::flow {

void Transcript::restart() {
    events_ = protocol::SseDecoder{};
    joined_.clear();
    repeated_ = 0;
}

void Transcript::given() {
    given_ += joined_;
    repeated_ = given_.size();
    joined_.clear();
    if (resumable_ && given_.size() <= text_max) return;
    resumable_ = false;
    std::string().swap(given_);
    repeated_ = 0;
}

void Transcript::note(std::string_view data) {
    if (!resumable_) return;
    const protocol::ChunkText chunk = protocol::chunk_text(data);
    resumable_ = !chunk.more;
    joined_ += chunk.text;
}

// An event while the answer repeats what was given. Everything without text (roles, comments) has been given as well.
bool Transcript::repeat(const protocol::SseEvent& event, std::string& out) {
    if (event.comment_only) return true;
    const protocol::ChunkText chunk = protocol::chunk_text(event.data);
    const std::string_view awaited = std::string_view(given_).substr(repeated_);
    const std::size_t same = std::min(awaited.size(), chunk.text.size());
    if (chunk.more || awaited.substr(0, same) != std::string_view(chunk.text).substr(0, same)) return false;
    repeated_ += same;
    const std::string_view rest = std::string_view(chunk.text).substr(same);
    const bool last = !catching_up() && protocol::inspect_chunk(event.data, endpoint_).finish;
    if (rest.empty() && !last) return true;
    protocol::append_sse(out, event.event, protocol::with_text(event.data, chunk, rest));
    joined_ += rest;
    return true;
}

bool Transcript::join(std::string_view events, std::string& out) {
    while (!events.empty()) {
        const Result<std::optional<protocol::SseEvent>> event = events_.next(events);
        if (!event || !*event) return event.has_value();
        if (catching_up()) {
            if (!repeat(**event, out)) return false;
            continue;
        }
        out += (*event)->raw;
        if (!(*event)->comment_only) note((*event)->data);
    }
    return true;
}

}  // namespace signalbox::flow
