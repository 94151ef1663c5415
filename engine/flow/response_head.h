// Heads of answers to the client: what happened is in the x-signalbox-* headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/flow/exchange.h"

namespace signalbox::flow {

// A provider's answer. No length: it will be streamed.
[[nodiscard]] std::string answer_head(const Exchange& x, const Attempt& a, std::optional<std::uint64_t> length);
// A kept answer.
[[nodiscard]] std::string cached_head(const Exchange& x, const core::CachedAnswer& answer);
// Of a streamed answer, before it is known who will give it.
[[nodiscard]] std::string early_head(Exchange& x);
// An answer of our own. Retry-After is sent when `retry_after` is set, and tells SDKs not to retry when it is not.
[[nodiscard]] std::string error_head(const Exchange& x, int status, std::uint64_t length,
                                     std::optional<Nanos> retry_after);

}  // namespace signalbox::flow
