#include "engine/protocol/json/text_size.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace signalbox::protocol::detail {
namespace {

using ondemand::json_type;
using simdjson::error_code;
using simdjson::SUCCESS;

constexpr std::size_t token_id_bytes = 4;

// Members inside a message that are no text for the model, and those that are pictures.
constexpr std::string_view not_text[] = {"type",  "role", "id",        "tool_call_id", "input_audio",
                                         "audio", "file", "video_url", "file_id",      "detail"};
constexpr std::string_view image[] = {"image_url", "image", "image_file", "images"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

// Every escape one by one: \u stands for one to three bytes, a surrogate half for two.
std::size_t decoded_size_with_unicode(std::string_view raw) {
    std::size_t size = raw.size();
    for (std::size_t at = raw.find('\\'); at != std::string_view::npos; at = raw.find('\\', at)) {
        const bool unicode = raw.substr(at).starts_with("\\u") && raw.size() - at >= 6;
        if (!unicode) {
            at += 2;
            size -= 1;
            continue;
        }
        const std::string_view digits = raw.substr(at + 2, 4);
        const bool surrogate = (digits[0] | 0x20) == 'd' && digits[1] >= '8';
        const bool ascii = digits.starts_with("00") && digits[2] < '8';
        const bool two_bytes = surrogate || (digits[0] == '0' && digits[1] < '8');
        size -= ascii ? 5 : two_bytes ? 4 : 3;
        at += 6;
    }
    return size;
}

// The length a JSON string has once its escapes are resolved. Long prompts are full of \n and \": where these are all,
// counting backslashes in blocks the compiler can vectorise is several times faster than finding them.
std::size_t decoded_size(std::string_view raw) {
    constexpr std::size_t block = 128;  // what a byte can count
    if (raw.empty()) return 0;
    const std::size_t pairs = raw.size() - 1;  // a string never ends in the first half of an escape
    std::size_t escapes = 0;
    for (std::size_t from = 0; from < pairs; from += block) {
        const std::size_t to = std::min(from + block, pairs);
        std::uint8_t here = 0, special = 0;
        for (std::size_t i = from; i < to; ++i) {
            const unsigned escape = raw[i] == '\\';
            const unsigned long_one = raw[i + 1] == '\\' || raw[i + 1] == 'u';
            here += static_cast<std::uint8_t>(escape);
            special |= static_cast<std::uint8_t>(escape & long_one);
        }
        if (special != 0) return decoded_size_with_unicode(raw);
        escapes += here;
    }
    return raw.size() - escapes;
}

}  // namespace

error_code TextSize::add(ondemand::value& value, int depth) {
    if (depth > json_depth_max) return simdjson::DEPTH_ERROR;
    json_type type{};
    if (const auto problem = value.type().get(type)) return problem;
    if (type == json_type::string) add_bytes(decoded_size(raw_string(value)));
    if (type == json_type::number) add_bytes(token_id_bytes);
    if (type == json_type::array) {
        for (auto element : value.get_array()) {
            ondemand::value inner;
            if (const auto problem = element.get(inner)) return problem;
            if (const auto problem = add(inner, depth + 1)) return problem;
        }
    }
    if (type != json_type::object) return SUCCESS;
    ondemand::object object;
    if (const auto problem = value.get_object().get(object)) return problem;
    return for_each_member(
        object, [&](std::string_view key, ondemand::value& member) { return add_member(key, member, depth); });
}

error_code TextSize::add_message(ondemand::object& message, std::string_view& role) {
    return for_each_member(message, [&](std::string_view key, ondemand::value& member) {
        if (key == "role") role = raw_string(member);
        return add_member(key, member, 1);
    });
}

error_code TextSize::add_member(std::string_view key, ondemand::value& value, int depth) {
    if (is_one_of(not_text, key)) return SUCCESS;
    if (!is_one_of(image, key)) return add(value, depth + 1);
    has_images_ = true;
    return SUCCESS;
}

}  // namespace signalbox::protocol::detail
