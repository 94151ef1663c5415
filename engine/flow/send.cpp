#include <array>

#include "engine/flow/steps.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {

Task<bool> send(Exchange& x, std::span<const std::string_view> pieces) {
    std::size_t bytes = 0;
    for (const std::string_view piece : pieces) bytes += piece.size();
    const auto seconds = static_cast<std::int64_t>(bytes / limits::client_write_pace_min);
    x.client.stream->expire_at(after(x.s.clock.now(), limits::client_write_max + std::chrono::seconds(seconds)));
    Result<void> sent = co_await x.client.stream->write(pieces);
    if (!sent) {
        x.watch.mark_gone();
        co_return false;
    }
    x.record.bytes_out += static_cast<std::int64_t>(bytes);
    co_return true;
}

Task<bool> send_answer(Exchange& x, std::string_view head, std::string_view body) {
    const std::array<std::string_view, 2> pieces = {head, x.head.method == "HEAD" ? std::string_view() : body};
    co_return co_await send(x, pieces);
}

Task<bool> send_chunk(Exchange& x, std::string_view payload, bool last) {
    const bool chunked = x.head.understands_chunks;
    std::string size;
    if (chunked && !payload.empty()) protocol::append_chunk_head(size, payload.size());
    const std::string_view tail = !chunked          ? std::string_view{}
                                  : payload.empty() ? (last ? protocol::last_chunk : std::string_view{})
                                  : last            ? std::string_view("\r\n0\r\n\r\n")
                                                    : protocol::chunk_tail;
    const std::array<std::string_view, 3> pieces = {size, payload, tail};
    co_return co_await send(x, pieces);
}

}  // namespace signalbox::flow
