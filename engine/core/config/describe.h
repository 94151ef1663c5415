// A configuration in words, without its secrets.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/config/config.h"

namespace signalbox::core {

// "•••• 1f3a9c2e": the same for the same secret everywhere, and no way back. Empty for an empty secret.
[[nodiscard]] std::string fingerprint(std::string_view secret);

// The configuration in force as YAML, defaults filled in, secrets as fingerprints. For reading, not for loading.
[[nodiscard]] std::string redacted_yaml(const Config& config);

}  // namespace signalbox::core
