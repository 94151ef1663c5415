// What makes no sense although it can be read. Everything at once, in no particular order.
#pragma once

#include "engine/core/config/config.h"
#include "engine/core/config/fault.h"

namespace signalbox::core {

// Faults without file and line (the reader of the file knows those); field paths as in "providers[0].keys[1].value".
// Empty: the configuration may be used. Pure; never shows a secret.
[[nodiscard]] ConfigFaults validate(const Config& config);
// Only what validate() says about addresses other machines can reach: they take TLS, and nobody nameless.
[[nodiscard]] ConfigFaults validate_reach(const Config& config);

}  // namespace signalbox::core
