// Requests as text, and what their answers' bodies say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/config/config.h"

namespace signalbox::replay {

struct RequestText {
    std::string model;
    bool stream = false;
    std::int64_t tokens = 0;  // asked for at most; 0: unsaid
    std::size_t text_bytes = 5;
    std::vector<std::string> fallbacks{};
};
// `stream` and `tokens` are of chat only.
[[nodiscard]] std::string body_of(core::Shape shape, const RequestText& text);
[[nodiscard]] std::string_view path_of(core::Shape shape);

// "code" of the error object in a body or an event; "none": there is none.
[[nodiscard]] std::string error_code_in(std::string_view text);

// The value of the key of this name, of a provider or an account.
[[nodiscard]] std::string secret_of(const std::string& name);

}  // namespace signalbox::replay
