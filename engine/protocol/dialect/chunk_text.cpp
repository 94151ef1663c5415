#include "engine/protocol/dialect/chunk_text.h"

#include <cstdint>
#include <utility>

#include "engine/protocol/json/escape.h"
#include "engine/protocol/json/parser.h"

namespace signalbox::protocol {
namespace {

namespace ondemand = detail::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

// A string, array or object with something in it.
bool is_something(ondemand::value& value) {
    bool empty = true;
    ondemand::array array;
    ondemand::object object;
    if (!value.get_array().get(array)) return !array.is_empty().get(empty) && !empty;
    if (!value.get_object().get(object)) return !object.is_empty().get(empty) && !empty;
    return !detail::raw_string(value).empty();
}

class TextReader {
  public:
    explicit TextReader(const char* begin) : begin_(begin) {}

    error_code read_choices(ondemand::value& value) {
        ondemand::array choices;
        if (value.get_array().get(choices)) return SUCCESS;
        for (auto element : choices) {
            ondemand::object choice;
            if (const auto problem = element.get_object().get(choice)) return problem;
            const auto problem = detail::for_each_member(
                choice, [this](std::string_view key, ondemand::value& part) { return read_member(key, part); });
            if (problem) return problem;
        }
        return SUCCESS;
    }

    ChunkText out;

  private:
    error_code read_member(std::string_view key, ondemand::value& value) {
        if (key == "text") return read_text(value);
        if (key == "index") {
            std::int64_t index = 0;
            out.more = out.more || value.get_int64().get(index) || index != 0;
        }
        ondemand::object delta;
        if (key != "delta" || value.get_object().get(delta)) return SUCCESS;
        return detail::for_each_member(delta, [this](std::string_view name, ondemand::value& part) {
            if (name == "content") return read_text(part);
            if (name != "role") out.more = out.more || is_something(part);
            return SUCCESS;
        });
    }

    error_code read_text(ondemand::value& value) {
        const std::string_view token = value.raw_json_token();
        if (!token.starts_with('"')) {
            out.more = out.more || is_something(value);
            return SUCCESS;
        }
        const std::string_view inside = detail::raw_string(value);
        std::string_view text;
        if (const auto problem = value.get_string().get(text)) return problem;
        out.more = out.more || out.end > 0;  // a second text
        out.text = text;
        out.begin = static_cast<std::size_t>(token.data() - begin_);
        out.end = out.begin + inside.size() + 2;
        return SUCCESS;
    }

    const char* begin_;
};

}  // namespace

ChunkText chunk_text(std::string_view data) {
    detail::CopiedJson json = detail::open_json_copy(data);
    TextReader reader(json.begin);
    ondemand::document document;
    ondemand::object object;
    if (std::move(json.document).get(document) || document.get_object().get(object)) return {};
    const auto problem = detail::for_each_member(object, [&reader](std::string_view key, ondemand::value& value) {
        return key == "choices" ? reader.read_choices(value) : SUCCESS;
    });
    if (problem) return {};
    return std::move(reader.out);
}

std::string with_text(std::string_view data, const ChunkText& where, std::string_view text) {
    std::string out(data.substr(0, where.begin));
    append_json_string(out, text);
    out += data.substr(where.end);
    return out;
}

}  // namespace signalbox::protocol
