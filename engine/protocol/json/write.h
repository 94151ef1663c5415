// JSON we write ourselves, member by member. Internal to protocol/.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <iterator>
#include <string>
#include <string_view>

#include "engine/protocol/json/escape.h"

namespace signalbox::protocol::detail {

// Appends to a string it does not own. Commas come by themselves: one stands before whatever does not follow an opening
// bracket or a colon. What is appended in between by others must be whole values.
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) {}

    JsonWriter& begin(char bracket) { return token(std::string_view(&bracket, 1)); }
    JsonWriter& end(char bracket) {
        out_ += bracket;
        return *this;
    }
    // `name` is our own word and needs no escapes.
    JsonWriter& key(std::string_view name) {
        comma();
        out_ += '"';
        out_ += name;
        out_ += "\":";
        return *this;
    }
    JsonWriter& string(std::string_view text) {
        comma();
        append_json_string(out_, text);
        return *this;
    }
    // A value that is JSON already.
    JsonWriter& json(std::string_view value) { return token(value); }
    JsonWriter& boolean(bool value) { return token(value ? "true" : "false"); }
    template <class Number>
        requires(std::integral<Number> || std::floating_point<Number>)
    JsonWriter& number(Number value) {
        comma();
        fmt::format_to(std::back_inserter(out_), "{}", value);
        return *this;
    }

    JsonWriter& member(std::string_view name, std::string_view text) { return key(name).string(text); }
    // Left out where empty.
    JsonWriter& member_if(std::string_view name, std::string_view text) {
        return text.empty() ? *this : member(name, text);
    }

  private:
    void comma() {
        if (out_.size() == begin_) return;
        const char last = out_.back();
        if (last != '{' && last != '[' && last != ':') out_ += ',';
    }
    JsonWriter& token(std::string_view text) {
        comma();
        out_ += text;
        return *this;
    }

    std::string& out_;
    std::size_t begin_;
};

}  // namespace signalbox::protocol::detail
