#include "engine/ports/history_match.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/glob.h"

namespace signalbox::ports {
namespace {

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
    return patterns.empty() ||
           std::ranges::any_of(patterns, [&](const std::string& pattern) { return glob_match(pattern, text); });
}

bool status_matches(const std::vector<std::int32_t>& wanted, std::int32_t status) {
    return wanted.empty() || std::ranges::any_of(wanted, [&](std::int32_t one) {
               return one < 10 ? status / 100 == one : status == one;
           });
}

bool bounds_match(const HistoryFilter& filter, const RequestRecord& row) {
    if (filter.since && row.time < *filter.since) return false;
    if (filter.until && row.time >= *filter.until) return false;
    if (filter.min_total_us && row.total_us < *filter.min_total_us) return false;
    if (!filter.min_first_token_us) return true;
    return row.first_token_us >= 0 && row.first_token_us >= *filter.min_first_token_us;
}

bool flags_match(const HistoryFilter& filter, const RequestRecord& row) {
    if (filter.fallback && *filter.fallback != (row.outcome == Outcome::served_fallback)) return false;
    if (filter.streamed && *filter.streamed != row.streamed) return false;
    if (filter.overridden && *filter.overridden != (row.override_id != 0)) return false;
    return !filter.override_id || *filter.override_id == row.override_id;
}

}  // namespace

bool matches(const HistoryFilter& filter, const RequestRecord& row) {
    return (filter.outcomes.empty() || std::ranges::find(filter.outcomes, row.outcome) != filter.outcomes.end()) &&
           any_matches(filter.requested, row.requested_model) && any_matches(filter.served, row.served_model) &&
           any_matches(filter.accounts, row.account) && any_matches(filter.why, to_string(row.why)) &&
           status_matches(filter.statuses, row.status) && flags_match(filter, row) && bounds_match(filter, row) &&
           row.id.starts_with(filter.id_prefix);
}

}  // namespace signalbox::ports
