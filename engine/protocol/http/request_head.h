// Parses the head of an HTTP/1.x request. Refuses every shape two servers could read differently (request smuggling):
// Transfer-Encoding with Content-Length, either of them twice, codings other than exactly `chunked`, folded lines,
// white space before the colon, bare CR or LF, control bytes, and versions other than 1.0 and 1.1. Host, Authorization
// and X-Api-Key may come once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/protocol/http/header.h"

namespace signalbox::protocol {

// All views point into the buffer given to parse_request_head and live as long as it does.
struct RequestHead : HeaderList {
    std::string_view method;
    std::string_view target;  // as sent: path?query, or the absolute form
    std::string_view path;    // the target's path only
    bool keep_alive = false;
    bool expect_continue = false;
    bool chunked = false;
    bool understands_chunks = true;  // HTTP/1.1: the answer may be chunked
    std::optional<std::uint64_t> content_length;
};

// `buffer` starts with the request; `header_max` bounds the head in bytes. `out` is meaningful only after `done`.
// Fails with malformed_http or header_too_large.
[[nodiscard]] HeadParse parse_request_head(std::string_view buffer, std::size_t header_max, RequestHead& out);

}  // namespace signalbox::protocol
