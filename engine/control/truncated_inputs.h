// Which callers' inputs are cut before they come here: seen from the lengths alone, beside those of their siblings.
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/control/input_tags.h"

namespace signalbox::control {

struct TruncatedInputs {
    std::string key, value;
    std::string sibling;             // the value that reaches furthest of those it is measured against
    std::int64_t requests = 0;       // looked at
    double share_percent = 0;        // of them end at the cut
    std::int64_t ends_at = 0;        // tokens, within 7 %
    std::int64_t sibling_reach = 0;  // tokens; 99 of 100 of the sibling's inputs are shorter
};

// A tag's inputs are taken as truncated when
//   - they pile up where they end: at least a tenth of them, at least forty, far more densely than just below, and next
//     to none above. Lengths that nobody cuts thin out towards their end;
//   - some of them are much shorter and of many lengths, so that it is no fixed prompt;
//   - a sibling (another value of the same key) goes on beyond that point, without a pile of its own there, and would
//     look the same if it were cut there.
// Either needs two hundred requests lately. Inputs that are all cut to the very same length look like a
// fixed prompt and are not told. `other` is measured against, never told. `sizes`: one for each tag.
[[nodiscard]] std::vector<TruncatedInputs> find_truncated(std::span<const TagInputs> sizes);

}  // namespace signalbox::control
