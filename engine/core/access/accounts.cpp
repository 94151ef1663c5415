#include "engine/core/access/accounts.h"

#include <algorithm>

#include "engine/base/glob.h"

namespace signalbox::core {

AccountIndex::AccountIndex(const Config& config) {
    for (AccountConfig account : config.accounts) {
        const Digest digest = sha256(account.key);
        account.key.clear();
        by_digest_.emplace(digest, std::move(account));
    }
}

const AccountConfig* AccountIndex::find(std::string_view key) const {
    if (by_digest_.empty()) return nullptr;
    const auto row = by_digest_.find(sha256(key));
    return row == by_digest_.end() ? nullptr : &row->second;
}

bool may_use(const AccountConfig& account, std::string_view model) {
    return std::ranges::any_of(account.models, [&](const std::string& glob) { return glob_match(glob, model); });
}

}  // namespace signalbox::core
