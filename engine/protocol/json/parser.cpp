#include "engine/protocol/json/parser.h"

#include <algorithm>
#include <bit>
#include <string>

namespace signalbox::protocol::detail {
namespace {

constexpr std::size_t kept_smallest = 64 * 1024;       // bytes of JSON a thread is ready for from the start
constexpr std::size_t kept_largest = 8 * 1024 * 1024;  // above this the thread gives its memory back

ondemand::parser& parser_for(std::size_t size) {
    thread_local ondemand::parser parser;
    if (parser.capacity() > kept_largest && size <= kept_largest) parser = ondemand::parser{};
    if (parser.capacity() < size || parser.capacity() == 0) {
        // A failure shows again when the document is opened.
        const std::size_t room = size > kept_largest ? size : std::bit_ceil(std::max(size, kept_smallest));
        static_cast<void>(parser.allocate(room));
    }
    return parser;
}

}  // namespace

simdjson::simdjson_result<ondemand::document> open_json(std::string_view body, std::size_t capacity) {
    return parser_for(body.size()).iterate(simdjson::padded_string_view(body.data(), body.size(), capacity));
}

CopiedJson open_json_copy(std::string_view text) {
    thread_local std::string copy;
    if (copy.capacity() > kept_largest && text.size() <= kept_largest) copy = {};
    copy.assign(text);
    copy.append(simdjson::SIMDJSON_PADDING, ' ');
    return {copy.data(), open_json({copy.data(), text.size()}, copy.size())};
}

std::string_view raw_string(ondemand::value& value) {
    const std::string_view token = value.raw_json_token();
    if (!token.starts_with('"')) return {};
    // The token runs on to the next one, over any white space.
    return token.substr(1, token.rfind('"') - 1);
}

bool at_end(ondemand::document& document) {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace signalbox::protocol::detail
