// Which account a key belongs to. Immutable; built with each configuration.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/core/access/digest.h"
#include "engine/core/config/config.h"

namespace signalbox::core {

// Looks keys up by their SHA-256, so that neither the time taken nor a memory dump of the index tells a key.
class AccountIndex {
  public:
    explicit AccountIndex(const Config& config);
    // nullptr: no account has this key. The account lives as long as the index.
    [[nodiscard]] const AccountConfig* find(std::string_view key) const;

  private:
    std::map<Digest, AccountConfig> by_digest_;  // keys blanked
};
using AccountIndexPtr = std::shared_ptr<const AccountIndex>;

// May the account ask for this model? Globs of the configuration.
[[nodiscard]] bool may_use(const AccountConfig& account, std::string_view model);

}  // namespace signalbox::core
