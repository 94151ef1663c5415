// The redirects in force, as the data plane reads them: an immutable table, swapped whole by control/overrides.
//
// No two rows of one `from` have overlapping scopes and no chain of rows leads back to its start (control refuses
// both), so at most one row matches a request, and following `to` with another match() ends after at most rows.size()
// steps.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/tags.h"
#include "engine/base/time.h"

namespace signalbox::core {

struct ActiveOverride {
    std::int64_t id = 0;
    std::string from, to;                                 // names of model entries, aliases already resolved
    std::string account;                                  // empty: everyone
    std::string tag_key, tag_value;                       // tag_key empty: any tags
    int share_percent = 100;                              // 1..100
    Instant expires = never;                              // not in force at this instant any more
    std::shared_ptr<std::atomic<std::int64_t>> diverted;  // requests it has moved; counted by whoever moves them
};

// `tags` as in the history: "team=ci,pool=ruby".
[[nodiscard]] inline bool has_tag(std::string_view tags, std::string_view key, std::string_view value) {
    bool found = false;
    for_each_tag(tags, [&](std::string_view k, std::string_view v) { found = found || (k == key && v == value); });
    return found;
}

struct OverrideTable {
    std::vector<ActiveOverride> rows;

    // The row that moves this request, or nullptr. `draw` is one uniform number in [0, 100) per request, the same at
    // every hop of a chain.
    [[nodiscard]] const ActiveOverride* match(std::string_view model, std::string_view account, std::string_view tags,
                                              Instant now, int draw) const {
        for (const auto& row : rows) {
            if (row.from != model || now >= row.expires || draw >= row.share_percent) continue;
            if (!row.account.empty() && row.account != account) continue;
            if (!row.tag_key.empty() && !has_tag(tags, row.tag_key, row.tag_value)) continue;
            return &row;
        }
        return nullptr;
    }
};
using OverrideTablePtr = std::shared_ptr<const OverrideTable>;

}  // namespace signalbox::core
