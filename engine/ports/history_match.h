// What a HistoryFilter means, row by row: the one predicate the live tail applies and every store is held to.
#pragma once

#include "engine/ports/store.h"

namespace signalbox::ports {

// `served` and `requested` look at the model names; `fallback` is the outcome served_fallback; `overridden` is an
// override id other than 0; a status of one digit is a whole class. A row that never reached its first token matches no
// `min_first_token_us`.
[[nodiscard]] bool matches(const HistoryFilter& filter, const RequestRecord& row);

}  // namespace signalbox::ports
