// Text on its way into JSON we write ourselves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signalbox::protocol {

// Appends `text` as the inside of a JSON string (no quotes). What is not UTF-8 becomes U+FFFD.
void json_escape(std::string& out, std::string_view text);
// The same with the quotes.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace signalbox::protocol
