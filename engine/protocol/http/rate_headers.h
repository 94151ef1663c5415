// What a provider says is left of its rate limits: x-ratelimit-* (OpenAI and those like it) and anthropic-ratelimit-*.
#pragma once

#include <cstdint>

#include "engine/base/time.h"
#include "engine/protocol/http/response_head.h"

namespace signalbox::protocol {

struct RateHeaders {
    std::int64_t requests_left = -1, requests_limit = -1;  // -1: not said
    std::int64_t tokens_left = -1, tokens_limit = -1;
};

// One pass over the head; what does not read as a number is not said.
[[nodiscard]] RateHeaders rate_headers(const ResponseHead& head);

}  // namespace signalbox::protocol
