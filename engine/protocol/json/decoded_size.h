// How long a JSON string is once its escapes are resolved. Internal to protocol/.
#pragma once

#include <cstddef>
#include <string_view>

namespace signalbox::protocol::detail {

// `raw`: what stands between the quotes. In bytes of UTF-8, a surrogate half counting two; of what is no valid JSON
// string some number up to raw.size().
[[nodiscard]] std::size_t decoded_size(std::string_view raw);

}  // namespace signalbox::protocol::detail
