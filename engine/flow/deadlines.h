// How long a provider may take to its response head. Pure.
#pragma once

#include "engine/core/config/config.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/json/scan.h"

namespace signalbox::flow {

// A streamed answer's head comes at once. A whole answer's head comes after the work is done, so the time to do it is
// added: for text the asked-for output at the pace of a slow model, for a picture a flat allowance.
[[nodiscard]] inline Nanos headers_within(const core::Deadlines& deadlines, protocol::Endpoint endpoint,
                                          const protocol::BodyScan& scan) {
    constexpr std::int64_t output_tokens_when_unsaid = 8192;  // a long answer, so that none is cut off and paid twice
    constexpr Nanos slow_token = 25ms;
    constexpr Nanos picture = 60s;
    if (scan.stream || endpoint == protocol::Endpoint::embeddings) return deadlines.headers;
    if (endpoint == protocol::Endpoint::images) return deadlines.headers + picture;
    const std::int64_t tokens = scan.max_tokens.value_or(output_tokens_when_unsaid);
    const Nanos most = deadlines.total - deadlines.headers;
    if (tokens >= most / slow_token) return deadlines.total;
    return deadlines.headers + tokens * slow_token;
}

// A task that is asked for now and then shows that it lives, so it may take longer than a silent answer; half of the
// total is left for another target.
[[nodiscard]] inline Nanos task_within(const core::Deadlines& deadlines) {
    return deadlines.total / 2;
}

}  // namespace signalbox::flow
