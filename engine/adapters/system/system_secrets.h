// Secrets from the process environment and from files. Any thread.
#pragma once

#include "engine/ports/secrets.h"

namespace signalbox::adapters {

class SystemSecrets final : public ports::Secrets {
  public:
    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const override;
    [[nodiscard]] Result<std::string> file(std::string_view path) const override;
};

}  // namespace signalbox::adapters
