#include "engine/protocol/http/header.h"

#include <algorithm>

namespace signalbox::protocol {
bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

std::string_view HeaderList::find(std::string_view lower_case_name) const {
    for (const Header& header : headers())
        if (equal_ignoring_case(header.name, lower_case_name)) return header.value;
    return {};
}

bool HeaderList::add(Header header) {
    constexpr std::size_t usual = 16;
    if (fields_.size() == max_headers) return false;
    if (fields_.empty()) fields_.reserve(usual);
    fields_.push_back(header);
    return true;
}

}  // namespace signalbox::protocol
