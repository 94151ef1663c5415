// One simdjson parser per thread. Internal to protocol/: nothing read here may outlive the next use on this thread,
// and nobody awaits in between.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string_view>

namespace signalbox::protocol::detail {

namespace ondemand = simdjson::ondemand;

// How deep we follow nested values ourselves; simdjson's on-demand reader sets no bound of its own.
inline constexpr int json_depth_max = 64;

// A document over `body`, of which `capacity` bytes are readable.
[[nodiscard]] simdjson::simdjson_result<ondemand::document> open_json(std::string_view body, std::size_t capacity);

// The same over a copy that this thread keeps, for bytes without padding. Offsets are those of `text`.
struct CopiedJson {
    const char* begin;  // of the copy
    simdjson::simdjson_result<ondemand::document> document;
};
[[nodiscard]] CopiedJson open_json_copy(std::string_view text);

// What stands between the quotes of a string value, escapes and all; empty for any other value.
[[nodiscard]] std::string_view raw_string(ondemand::value& value);

// Nothing but white space is left after the value just read to its end.
[[nodiscard]] bool at_end(ondemand::document& document);

// Calls visit(key, value) -> error_code for every member until one fails.
template <class Visit>
[[nodiscard]] simdjson::error_code for_each_member(ondemand::object& object, Visit visit) {
    for (auto field : object) {
        std::string_view key;
        if (const auto problem = field.unescaped_key().get(key)) return problem;
        ondemand::value value;
        if (const auto problem = field.value().get(value)) return problem;
        if (const auto problem = visit(key, value)) return problem;
    }
    return simdjson::SUCCESS;
}

// Calls visit(element) -> error_code for every element of an array; anything else has none.
template <class Visit>
[[nodiscard]] simdjson::error_code for_each_element(ondemand::value& value, Visit visit) {
    ondemand::array elements;
    if (value.get_array().get(elements)) return simdjson::SUCCESS;
    for (auto element : elements) {
        ondemand::value part;
        if (const auto problem = element.get(part)) return problem;
        if (const auto problem = visit(part)) return problem;
    }
    return simdjson::SUCCESS;
}

// Calls visit(value) -> error_code for the members of that name of an object; anything else has none.
template <class Visit>
[[nodiscard]] simdjson::error_code for_member(ondemand::value& value, std::string_view name, Visit visit) {
    ondemand::object members;
    if (value.get_object().get(members)) return simdjson::SUCCESS;
    return for_each_member(members, [&](std::string_view key, ondemand::value& part) {
        return key == name ? visit(part) : simdjson::SUCCESS;
    });
}

}  // namespace signalbox::protocol::detail
