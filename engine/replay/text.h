// Tables and JSON as text, shared by what replay prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signalbox::replay {

using Row = std::vector<std::string>;

// Where the cells of all columns but the first stand; the first is always to the left.
enum class Align : unsigned char { left, right };
[[nodiscard]] std::string aligned(const std::vector<Row>& rows, Align align);

// As a JSON string.
[[nodiscard]] std::string quoted(std::string_view text);

template <class List>
std::string json_array(const List& list, auto text_of) {
    std::string out;
    for (const auto& each : list) out += (out.empty() ? "" : ",") + text_of(each);
    return "[" + out + "]";
}

}  // namespace signalbox::replay
