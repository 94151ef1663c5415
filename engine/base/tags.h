// The tags of a request, as clients write them and the history keeps them: "team=ci,pool=ruby".
#pragma once

#include <algorithm>
#include <string_view>

namespace signalbox {

// visit(key, value) for each, in order; what is no key=value is passed over.
template <class Visit>
void for_each_tag(std::string_view tags, Visit visit) {
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(','));
        tags.remove_prefix(std::min(tags.size(), tag.size() + 1));
        const std::size_t equals = tag.find('=');
        if (equals == 0 || equals == std::string_view::npos || equals + 1 == tag.size()) continue;
        visit(tag.substr(0, equals), tag.substr(equals + 1));
    }
}

}  // namespace signalbox
