#include "engine/flow/steps.h"

namespace signalbox::flow {

Task<bool> send(Exchange& x, std::span<const std::string_view> pieces) {
    x.client.stream->expire_at(after(x.s.clock.now(), limits::client_write_max));
    Result<void> sent = co_await x.client.stream->write(pieces);
    if (!sent) {
        x.watch.mark_gone();
        co_return false;
    }
    for (const std::string_view piece : pieces) x.record.bytes_out += static_cast<std::int64_t>(piece.size());
    co_return true;
}

}  // namespace signalbox::flow
