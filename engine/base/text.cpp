#include "engine/base/text.h"

#include <algorithm>

namespace signalbox {
namespace {

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

Character first_character(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    char32_t code = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3F);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return overlong || surrogate || code > 0x10FFFF ? Character{} : Character{code, length};
}

bool is_hidden(char32_t code) {
    const auto in = [code](char32_t first, char32_t last) { return code >= first && code <= last; };
    return code < 0x20 || in(0x7F, 0x9F) || in(0x200E, 0x200F) || in(0x2028, 0x202E) || in(0x2066, 0x2069) ||
           code == 0x061C || code == 0xFEFF;
}

bool is_plain_text(std::string_view text) {
    if (is_plain_ascii(text)) return true;
    while (!text.empty()) {
        const Character next = first_character(text);
        if (next.length == 0 || is_hidden(next.code)) return false;
        text.remove_prefix(next.length);
    }
    return true;
}

std::string to_utf8(std::string_view bytes) {
    if (is_plain_ascii(bytes)) return std::string(bytes);
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = first_character(bytes).length;
        out += length == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string printable_excerpt(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max && is_plain_ascii(text)) return std::string(text);
    std::string out;
    while (!text.empty()) {
        const Character next = first_character(text);
        const std::string_view shown = is_hidden(next.code) ? " " : text.substr(0, next.length);
        if (next.length > 0) {
            if (out.size() + shown.size() > bytes_max) break;
            out += shown;
        }
        text.remove_prefix(std::max<std::size_t>(next.length, 1));
    }
    return out;
}

}  // namespace signalbox
