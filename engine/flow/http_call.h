// One small HTTP exchange on a connection of the caller's: the request out, the whole answer in. For what is not a
// client's request: tasks and their pictures, servers' states, free questions.
#pragma once

#include <string>

#include "engine/ports/network.h"

namespace signalbox::flow {

struct HttpAnswer {
    int status = 0;
    std::string body;
    bool keep_alive = false;  // the connection is at its end of this answer and may be used again
};

// Sends `request` as it is, and reads one answer of at most `body_max` bytes of payload. Deadlines are the stream's.
// Errors: io_*, upstream_malformed, stream_cut, body_too_large.
[[nodiscard]] ports::Task<Result<HttpAnswer>> http_call(ports::ByteStream& stream, std::string request,
                                                        std::size_t body_max);

}  // namespace signalbox::flow
