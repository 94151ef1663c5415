// SHA-256: what is kept of a secret in memory, compared in constant time, and what stands for a whole request.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace signalbox::core {

using Digest = std::array<unsigned char, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
// Of the pieces one after the other.
[[nodiscard]] Digest sha256(std::span<const std::string_view> pieces);
// Takes the same time whatever the bytes are.
[[nodiscard]] bool same_digest(const Digest& a, const Digest& b);

}  // namespace signalbox::core
