#include "engine/protocol/json/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/protocol/http/header.h"
#include "engine/protocol/json/parser.h"
#include "engine/protocol/json/text_size.h"

namespace signalbox::protocol {
namespace {

using detail::ondemand::value;
using simdjson::error_code;

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

std::unexpected<Error> malformed(error_code code) {
    if (code == simdjson::UTF8_ERROR) return fail(ErrorCode::invalid_utf8, "the body is not valid UTF-8");
    return fail(ErrorCode::malformed_json,
                fmt::format("the body is not valid JSON: {}", simdjson::error_message(code)));
}

std::unexpected<Error> wrong(std::string_view field, std::string_view cure) {
    return fail(ErrorCode::invalid_parameter, fmt::format("{}: {}", field, cure));
}

bool take_null(value& v) {
    bool null = false;
    return v.is_null().get(null) == simdjson::SUCCESS && null;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= limits::name_length_max && is_plain_text(text);
}

// Would a server that is careless about case take `key` for our `name`? Those written in Go do, where U+017F is an s
// and U+212A a k as well: to them "Model" is another "model", and the last one counts.
bool passes_for(std::string_view key, std::string_view name) {
    for (const char c : name) {
        if (c == 's' && key.starts_with("\xC5\xBF")) {
            key.remove_prefix(2);
        } else if (c == 'k' && key.starts_with("\xE2\x84\xAA")) {
            key.remove_prefix(3);
        } else if (!key.empty() && ascii_lower(key.front()) == c) {
            key.remove_prefix(1);
        } else {
            return false;
        }
    }
    return key.empty();
}

constexpr std::string_view case_cure = "write this name exactly so: to some servers any other spelling is the same";

constexpr std::string_view name_cure = "must be a non-empty string of at most 256 bytes without control characters";
static_assert(limits::name_length_max == 256);

class Scanner {
  public:
    explicit Scanner(std::string_view body) : body_(body) {}

    Result<BodyScan> run(std::size_t capacity);

  private:
    using Read = Result<void> (Scanner::*)(std::string_view field, value& v);
    struct Member {
        std::string_view name;
        Read read;
    };

    Result<void> read_member(detail::ondemand::field field);
    Result<void> read_model(std::string_view field, value& v);
    Result<void> read_stream(std::string_view field, value& v);
    Result<void> read_stream_options(std::string_view field, value& v);
    Result<void> read_max_tokens(std::string_view field, value& v);
    Result<void> read_messages(std::string_view field, value& v);
    Result<void> read_text(std::string_view field, value& v);
    Result<void> read_tools(std::string_view field, value& v);
    Result<void> read_fallbacks(std::string_view field, value& v);
    Result<void> read_kept_state(std::string_view field, value& v);
    Result<void> read_previous_response(std::string_view field, value& v);

    Result<bool> read_bool(std::string_view field, value& v);
    [[nodiscard]] std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - body_.data()); }
    [[nodiscard]] std::size_t token_begin(value& v) const { return offset(v.raw_json_token().data()); }
    Result<std::size_t> next_token();
    void cut_fallbacks(std::size_t next);

    static constexpr std::array members_ = std::to_array<Member>({
        {"model", &Scanner::read_model},
        {"messages", &Scanner::read_messages},
        {"stream", &Scanner::read_stream},
        {"stream_options", &Scanner::read_stream_options},
        {"max_tokens", &Scanner::read_max_tokens},
        {"max_completion_tokens", &Scanner::read_max_tokens},
        {"max_output_tokens", &Scanner::read_max_tokens},
        {"tools", &Scanner::read_tools},
        {"functions", &Scanner::read_tools},
        {"prompt", &Scanner::read_text},
        {"input", &Scanner::read_text},
        {"instructions", &Scanner::read_text},
        {"system", &Scanner::read_text},
        {"fallbacks", &Scanner::read_fallbacks},
        {"previous_response_id", &Scanner::read_previous_response},
        {"conversation", &Scanner::read_kept_state},
        {"background", &Scanner::read_kept_state},
    });

    std::string_view body_;
    BodyScan out_;
    detail::TextSize text_;
    std::uint32_t seen_ = 0;        // bit i: members_[i] was read
    std::size_t member_begin_ = 0;  // offset of the key being read
    detail::ondemand::document document_;
};

Result<BodyScan> Scanner::run(std::size_t capacity) {
    if (const auto code = detail::open_json(body_, capacity).get(document_)) return malformed(code);
    detail::ondemand::object root;
    if (const auto code = document_.get_object().get(root)) {
        if (code != simdjson::INCORRECT_TYPE) return malformed(code);
        return fail(ErrorCode::malformed_json, "the body must be one JSON object");
    }
    const std::size_t inside = body_.find('{') + 1;
    out_.usage_patch = {inside, inside, R"("stream_options":{"include_usage":true},)"};
    for (auto field : root) {
        if (field.error()) return malformed(field.error());
        if (auto read = read_member(field.value_unsafe()); !read) return std::unexpected(std::move(read.error()));
    }
    if (!detail::at_end(document_)) return fail(ErrorCode::malformed_json, "there is more after the JSON object");
    if (out_.model.empty()) return fail(ErrorCode::missing_model, "model: name the model to use");
    out_.text_bytes = text_.bytes();
    out_.has_images = text_.has_images();
    return std::move(out_);
}

Result<void> Scanner::read_member(detail::ondemand::field field) {
    member_begin_ = offset(field.key().raw()) - 1;
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return malformed(code);
    const auto member = std::ranges::find_if(members_, [key](const Member& m) { return passes_for(key, m.name); });
    if (member == members_.end()) return {};
    if (key != member->name) return wrong(member->name, case_cure);
    const std::uint32_t bit = 1U << (member - members_.begin());
    if ((seen_ & bit) != 0) return wrong(member->name, "appears twice; send it once");
    seen_ |= bit;
    value v = field.value();
    return (this->*member->read)(member->name, v);
}

Result<void> Scanner::read_model(std::string_view field, value& v) {
    if (take_null(v)) return {};
    const std::size_t begin = token_begin(v);
    const std::size_t length = detail::raw_string(v).size();
    std::string_view name;
    if (v.get_string().get(name) || !is_name(name)) return wrong(field, name_cure);
    out_.model = name;
    out_.model_begin = begin;
    out_.model_end = begin + length + 2;
    return {};
}

Result<bool> Scanner::read_bool(std::string_view field, value& v) {
    if (take_null(v)) return false;
    bool yes = false;
    if (v.get_bool().get(yes)) return wrong(field, "must be true or false");
    return yes;
}

Result<void> Scanner::read_stream(std::string_view field, value& v) {
    const auto stream = read_bool(field, v);
    if (!stream) return std::unexpected(stream.error());
    out_.stream = *stream;
    return {};
}

Result<void> Scanner::read_stream_options(std::string_view field, value& v) {
    const std::size_t begin = token_begin(v);
    if (take_null(v)) {
        out_.usage_patch = {begin, begin + std::string_view("null").size(), R"({"include_usage":true})"};
        return {};
    }
    detail::ondemand::object options;
    if (v.get_object().get(options)) return wrong(field, "must be an object");
    bool empty = true;
    bool seen = false;
    for (auto option : options) {
        if (option.error()) return malformed(option.error());
        empty = false;
        std::string_view key;
        if (const auto code = option.unescaped_key().get(key)) return malformed(code);
        if (!passes_for(key, "include_usage")) continue;
        if (key != "include_usage") return wrong("stream_options.include_usage", case_cure);
        if (std::exchange(seen, true)) return wrong("stream_options.include_usage", "appears twice; send it once");
        value setting;
        if (const auto code = option.value().get(setting)) return malformed(code);
        const std::size_t setting_begin = token_begin(setting);
        const bool null = setting.raw_json_token().starts_with('n');
        const auto include = read_bool("stream_options.include_usage", setting);
        if (!include) return std::unexpected(include.error());
        out_.include_usage = *include;
        const std::string_view word = null ? "null" : "false";
        out_.usage_patch = {setting_begin, setting_begin + word.size(), "true"};
    }
    if (out_.include_usage) out_.usage_patch = {};
    if (!seen) {
        out_.usage_patch = {begin + 1, begin + 1, empty ? R"("include_usage":true)" : R"("include_usage":true,)"};
    }
    return {};
}

Result<void> Scanner::read_max_tokens(std::string_view field, value& v) {
    if (take_null(v)) return {};
    std::int64_t tokens = 0;
    if (v.get_int64().get(tokens) || tokens < 0) return wrong(field, "must be a whole number, 0 or more");
    out_.max_tokens = std::max(out_.max_tokens.value_or(0), tokens);
    return {};
}

Result<void> Scanner::read_messages(std::string_view field, value& v) {
    detail::ondemand::array messages;
    if (v.get_array().get(messages)) return wrong(field, "must be an array of messages");
    std::string_view role;
    for (auto message : messages) {
        if (message.error()) return malformed(message.error());
        detail::ondemand::object object;
        if (message.value_unsafe().get_object().get(object)) return wrong(field, "every message must be an object");
        role = {};
        if (const auto code = text_.add_message(object, role)) return malformed(code);
    }
    out_.prefill = role == "assistant";
    return {};
}

Result<void> Scanner::read_text(std::string_view, value& v) {
    if (const auto code = text_.add(v)) return malformed(code);
    return {};
}

// Tools reach the model as text of about the size of their JSON.
Result<void> Scanner::read_tools(std::string_view field, value& v) {
    if (take_null(v)) return {};
    const std::size_t begin = token_begin(v);
    detail::ondemand::array tools;
    if (v.get_array().get(tools)) return wrong(field, "must be an array");
    for (auto tool : tools) {
        if (tool.error()) return malformed(tool.error());
        out_.has_tools = true;
    }
    const auto next = next_token();
    if (!next) return std::unexpected(next.error());
    text_.add_bytes(*next - begin);
    return {};
}

Result<void> Scanner::read_fallbacks(std::string_view field, value& v) {
    if (!take_null(v)) {
        detail::ondemand::array names;
        if (v.get_array().get(names)) return wrong(field, "must be an array of model names");
        for (auto element : names) {
            if (element.error()) return malformed(element.error());
            std::string_view name;
            if (element.get_string().get(name) || !is_name(name)) return wrong(field, name_cure);
            if (out_.fallbacks.size() == limits::fallbacks_in_body_max) return wrong(field, "at most 16 models");
            out_.fallbacks.emplace_back(name);
        }
    }
    const auto next = next_token();
    if (!next) return std::unexpected(next.error());
    cut_fallbacks(*next);
    return {};
}

// What else it may be is the provider's to judge.
Result<void> Scanner::read_kept_state(std::string_view, value& v) {
    const std::string_view token = v.raw_json_token();
    out_.kept_state |= !token.starts_with("null") && !token.starts_with("false");
    return {};
}

Result<void> Scanner::read_previous_response(std::string_view field, value& v) {
    if (auto read = read_kept_state(field, v); !read) return read;
    std::string_view id;
    if (!v.get_string().get(id) && id.size() <= limits::response_id_max) out_.previous_response = id;
    return {};
}

// The offset of the token after the value just read: a comma or the closing brace.
Result<std::size_t> Scanner::next_token() {
    const char* at = nullptr;
    if (const auto code = document_.current_location().get(at)) return malformed(code);
    return offset(at);
}

// The member goes with the comma after it or, when it is the last one, with the comma before it.
void Scanner::cut_fallbacks(std::size_t next) {
    out_.fallbacks_begin = member_begin_;
    out_.fallbacks_end = next;
    if (body_[next] == ',') {
        ++out_.fallbacks_end;
        return;
    }
    const std::size_t before = body_.find_last_not_of(" \t\r\n", member_begin_ - 1);
    if (body_[before] == ',') out_.fallbacks_begin = before;
}

}  // namespace

Result<BodyScan> scan_request(std::string_view body, std::size_t capacity) {
    SB_CHECK(capacity >= body.size() + json_padding);
    if (body.empty()) return fail(ErrorCode::malformed_json, "the body is empty; send a JSON object");
    return Scanner(body).run(capacity);
}

}  // namespace signalbox::protocol
