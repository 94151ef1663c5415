// What one upstream outcome says about the health of the target that produced it.
#pragma once

#include <cstdint>

#include "engine/base/error_code.h"

namespace signalbox::core {

enum class OutcomeClass : std::uint8_t {
    success,     // a complete answer with content
    structural,  // will fail again for everyone until somebody repairs it: model gone, key refused, TLS or name broken
    fault,       // broken now: connect, 5xx, timeout, truncated stream, empty or garbage 200
    capacity,    // busy, not broken: 429, overload. Never touches health
    client,      // the request's own fault, or nobody's: 400, cancel, context overflow. Never touches health
};

[[nodiscard]] OutcomeClass classify(ErrorCode code);

// May the same request be tried again elsewhere after this failure? False for what would fail everywhere.
[[nodiscard]] bool worth_another_target(ErrorCode code, bool content_filter_fallback);
// Was it the provider that could not be reached, whatever the model and the key?
[[nodiscard]] bool is_unreachable(ErrorCode code);
// May the very same target succeed a moment later?
[[nodiscard]] bool worth_same_target(ErrorCode code);

}  // namespace signalbox::core
