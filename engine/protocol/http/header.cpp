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
    if (count_ == fields_.size()) return false;
    fields_[count_++] = header;
    return true;
}

}  // namespace signalbox::protocol
