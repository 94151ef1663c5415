// The history in the API's words: filters in, rows out.
#pragma once

#include "engine/base/result.h"
#include "engine/control/backend.h"
#include "engine/ports/store.h"

namespace signalbox::control {

namespace v1 = api::v1;

// Error: invalid_argument (an outcome that does not exist).
[[nodiscard]] Result<ports::HistoryFilter> to_filter(const v1::RequestFilter& filter);

// Candidates and the fleet are filled in where the record has them. Bytes of clients and providers that are no UTF-8
// are replaced: a message carries text only.
[[nodiscard]] v1::Request to_message(const ports::RequestRecord& record);

}  // namespace signalbox::control
