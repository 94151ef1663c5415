// How many tokens a prompt has, from its length alone: no tokenizer on the request path.
#pragma once

#include <cstdint>

namespace signalbox::core {

// English prose runs at 4.2–4.5 bytes a token, code at about 3.2; 4 leans to the safe side for prose. Images are not
// counted.
[[nodiscard]] constexpr std::int64_t estimate_tokens(std::int64_t text_bytes) {
    return (text_bytes + 3) / 4;
}

}  // namespace signalbox::core
