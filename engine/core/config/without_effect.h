// Settings that are understood but not acted on yet. Whoever writes one is told, rather than left to believe in it.
#pragma once

#include <string>
#include <vector>

#include "engine/core/config/config.h"

namespace signalbox::core {

// Paths of the fields that are set to something else than their default and change nothing in this version:
// "accounts[ci].rpm", "history.bodies". Entries of lists are named as in diff.h.
[[nodiscard]] std::vector<std::string> fields_without_effect(const Config& config);

}  // namespace signalbox::core
