// Where configuration values such as env.NAME and file:PATH come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace signalbox::ports {

class Secrets {
  public:
    virtual ~Secrets() = default;
    [[nodiscard]] virtual std::optional<std::string> environment(std::string_view name) const = 0;
    // Content without the trailing line break. Errors: not_found, permission_denied, invalid_argument (too large).
    [[nodiscard]] virtual Result<std::string> file(std::string_view path) const = 0;
    // Whether the answers only stand for the values, so that nothing can be said about what those are like.
    [[nodiscard]] virtual bool conceals() const { return false; }
};

}  // namespace signalbox::ports
