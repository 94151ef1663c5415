#include "engine/protocol/dialect/chat_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {

void Dropped::add(std::string_view name) {
    constexpr std::size_t name_max = 64;  // bytes
    std::string clean(name.substr(0, name_max));
    const auto unprintable = [](char c) { return c <= ' ' || c > '~' || c == ','; };
    std::ranges::replace_if(clean, unprintable, '?');
    if (names_.size() < dropped_max && std::ranges::find(names_, clean) == names_.end()) {
        names_.push_back(std::move(clean));
    }
}

std::string arguments_object(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "{}";
    Node node;
    if (!parse_tree(text, TreeUse::inner).get(node) && node.is_object()) return json_of(node);
    std::string out;
    JsonWriter(out).begin('{').member("arguments", text).end('}');
    return out;
}

bool is_media_type(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/.+-_").contains(c);
    };
    return !text.empty() && std::ranges::all_of(text, plain);
}

void set_source(Part& part, std::string_view url) {
    constexpr std::string_view scheme = "data:";
    constexpr std::string_view marker = ";base64,";
    const std::size_t at = url.find(marker);
    part.text = url;
    if (!url.starts_with(scheme) || at == std::string_view::npos) return;
    const std::string_view type = url.substr(scheme.size(), at - scheme.size());
    if (!is_media_type(type.substr(0, type.find(';')))) return;
    part.media_type = type.substr(0, type.find(';'));
    part.text = url.substr(at + marker.size());
}

void append_data_url(std::string& out, const Part& part) {
    if (!part.media_type.empty()) {
        fmt::format_to(std::back_inserter(out), "data:{};base64,{}", part.media_type, part.text);
    } else {
        out += part.text;
    }
}

std::unexpected<Error> wrong_parameter(std::string_view field, std::string_view cure) {
    constexpr std::size_t cure_max = 200;  // bytes; it may hold the client's words
    return fail(ErrorCode::invalid_parameter, fmt::format("{}: {}", field, printable_excerpt(cure, cure_max)));
}

}  // namespace signalbox::protocol::detail
