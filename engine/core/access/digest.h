// What is kept of a secret in memory: its SHA-256, compared in constant time.
#pragma once

#include <array>
#include <string_view>

namespace signalbox::core {

using Digest = std::array<unsigned char, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
// Takes the same time whatever the bytes are.
[[nodiscard]] bool same_digest(const Digest& a, const Digest& b);

}  // namespace signalbox::core
