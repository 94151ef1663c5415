// Text from strangers: what of it is UTF-8, and what must not reach a log, a terminal or a table as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signalbox {

struct Character {
    char32_t code = 0;
    std::size_t length = 0;  // bytes; 0: what is there is not UTF-8
};
// The character at the front of `text`, which is not empty. Overlong forms and surrogates are no UTF-8.
[[nodiscard]] Character first_character(std::string_view text);

// Does not show itself but changes how what is around it is shown: control characters of both sets, ends of lines and
// paragraphs, marks that turn the direction of writing.
[[nodiscard]] bool is_hidden(char32_t code);

// UTF-8 without hidden characters.
[[nodiscard]] bool is_plain_text(std::string_view text);

// What is not UTF-8 becomes U+FFFD, byte by byte.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

// At most `bytes_max` bytes of one line of plain text: hidden characters become blanks, what is not UTF-8 is left out.
[[nodiscard]] std::string printable_excerpt(std::string_view text, std::size_t bytes_max);

}  // namespace signalbox
