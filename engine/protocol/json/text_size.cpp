#include "engine/protocol/json/text_size.h"

#include <algorithm>
#include <span>

#include "engine/protocol/json/decoded_size.h"

namespace signalbox::protocol::detail {
namespace {

using ondemand::json_type;
using simdjson::error_code;
using simdjson::SUCCESS;

constexpr std::size_t token_id_bytes = 4;

// Members inside a message that are no text for the model, and those that are pictures.
constexpr std::string_view not_text[] = {"type",  "role", "id",        "tool_call_id", "input_audio",
                                         "audio", "file", "video_url", "file_id",      "detail"};
constexpr std::string_view image[] = {"image_url", "image", "image_file", "images", "source"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
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
