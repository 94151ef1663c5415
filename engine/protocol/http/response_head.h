// Parses the head of a provider's HTTP/1.x response with the same strictness as a request's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/protocol/http/header.h"

namespace signalbox::protocol {

// All views point into the buffer given to parse_response_head and live as long as it does.
struct ResponseHead : HeaderList {
    int status = 0;
    bool keep_alive = false;  // false also when the body ends with the connection
    bool chunked = false;
    std::optional<std::uint64_t> content_length;

    // 1xx: not the answer yet; drop `consumed` bytes and parse again.
    [[nodiscard]] bool interim() const { return status / 100 == 1; }
    // 1xx, 204 and 304 end with their head whatever the fields say.
    [[nodiscard]] bool without_body() const { return interim() || status == 204 || status == 304; }
};

// Fails with upstream_malformed, also for a head above `header_max` bytes. `out` is meaningful only after `done`.
[[nodiscard]] HeadParse parse_response_head(std::string_view buffer, std::size_t header_max, ResponseHead& out);

}  // namespace signalbox::protocol
