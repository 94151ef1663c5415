#include "engine/protocol/json/escape.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <iterator>

namespace signalbox::protocol {
namespace {

// Bytes of the UTF-8 character at the front of `text`, 0 when there is none. `text` is not empty.
std::size_t character_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return text.size() >= length && simdjson::validate_utf8(text.data(), length) ? length : 0;
}

bool is_plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c >= 0;
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

void json_escape(std::string& out, std::string_view text) {
    while (!text.empty()) {
        std::size_t taken = 0;
        while (taken < text.size() && is_plain(text[taken])) ++taken;
        if (taken > 0) {
            out += text.substr(0, taken);
        } else if (taken = character_length(text); taken == 1) {
            append_escaped(out, text[0]);
        } else if (taken > 1) {
            out += text.substr(0, taken);
        } else {
            taken = 1;
            out += "\\ufffd";
        }
        text.remove_prefix(taken);
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    json_escape(out, text);
    out += '"';
}

bool is_valid_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace signalbox::protocol
