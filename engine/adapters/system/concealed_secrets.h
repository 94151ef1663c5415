// Tells that a secret is there, never what it is: for configuration texts that come from somebody else than the
// operator of this machine. Any thread.
#pragma once

#include "engine/ports/secrets.h"

namespace signalbox::adapters {

class ConcealedSecrets final : public ports::Secrets {
  public:
    // "(env.NAME)" where the variable is set; HOME alone is answered, for paths begin there.
    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const override;
    // "(file:PATH)" where there is a regular file; it is not opened. Error: not_found.
    [[nodiscard]] Result<std::string> file(std::string_view path) const override;
    [[nodiscard]] bool conceals() const override { return true; }
};

}  // namespace signalbox::adapters
