// How much text a prompt holds. Internal to protocol/.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/protocol/json/parser.h"

namespace signalbox::protocol::detail {

// Sums up the text inside JSON values as the model will read it: escapes resolved, pictures, sounds, ids and roles
// left out, a number counted as one token id.
class TextSize {
  public:
    simdjson::error_code add(ondemand::value& value, int depth = 1);
    // `role` becomes the raw text of the message's role, if it has one.
    simdjson::error_code add_message(ondemand::object& message, std::string_view& role);
    void add_bytes(std::size_t bytes) { bytes_ += static_cast<std::int64_t>(bytes); }

    [[nodiscard]] std::int64_t bytes() const { return bytes_; }
    [[nodiscard]] bool has_images() const { return has_images_; }

  private:
    simdjson::error_code add_member(std::string_view key, ondemand::value& value, int depth);

    std::int64_t bytes_ = 0;
    bool has_images_ = false;
};

}  // namespace signalbox::protocol::detail
