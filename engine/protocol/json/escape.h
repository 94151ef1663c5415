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

// At most `bytes_max` bytes of one line of valid UTF-8: control bytes become spaces, what is not UTF-8 is left out.
[[nodiscard]] std::string printable_excerpt(std::string_view text, std::size_t bytes_max);

}  // namespace signalbox::protocol
