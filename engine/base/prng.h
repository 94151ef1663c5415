// xoshiro256++: small, fast, and the same numbers from the same seed everywhere. Not for secrets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace signalbox {

class Prng {
  public:
    explicit constexpr Prng(std::uint64_t seed) {
        for (auto& word : state_) word = mix(seed += 0x9e3779b97f4a7c15);
    }
    explicit constexpr Prng(const std::array<std::uint64_t, 4>& state) : state_(state) {}

    [[nodiscard]] constexpr std::uint64_t next() {
        const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

  private:
    // splitmix64: neighbouring seeds give unrelated states.
    static constexpr std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    std::array<std::uint64_t, 4> state_{};
};

// A draw mapped to [0, bound), bound > 0; the bias is below bound / 2^64.
[[nodiscard]] constexpr std::uint64_t below(std::uint64_t draw, std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(draw) * bound) >> 64);
}

// A draw mapped to [0, 1).
[[nodiscard]] constexpr double unit(std::uint64_t draw) {
    return static_cast<double>(draw >> 11) * 0x1p-53;
}

}  // namespace signalbox
