#include "engine/protocol/json/decoded_size.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace signalbox::protocol::detail {
namespace {

// Long prompts are full of \n and \", those in other scripts may be all \u: nothing here goes from byte to byte. 64
// bytes are compared at a time, in whatever vectors the machine has, and looked at as the bits of a word.
using Block = unsigned char __attribute__((ext_vector_type(64)));
using Bits = bool __attribute__((ext_vector_type(64)));
constexpr std::size_t block_size = sizeof(Block);
constexpr std::size_t lookahead = 3;  // bytes read behind a block

[[gnu::always_inline]] inline void load(Block& block, const char* from) {
    std::memcpy(&block, from, block_size);
}

[[gnu::always_inline]] inline std::uint64_t bits_of(const auto& comparison) {
    return std::bit_cast<std::uint64_t>(__builtin_convertvector(comparison, Bits));
}

[[gnu::always_inline]] inline std::size_t count(std::uint64_t bits) {
    return static_cast<std::size_t>(std::popcount(bits));
}

// The bytes behind an escaping backslash. In a run of backslashes every other one escapes, beginning with the first.
// `carry`: the last backslash of the block before escapes the first byte of this one.
[[gnu::always_inline]] inline std::uint64_t escaped_bytes(std::uint64_t backslashes, std::uint64_t& carry) {
    constexpr std::uint64_t even = 0x5555'5555'5555'5555U;
    const std::uint64_t run = backslashes & ~carry;
    const std::uint64_t starts = run & ~(run << 1U);
    const std::uint64_t from_even = run & (run + (starts & ~even));  // the sum carries through the other runs
    const std::uint64_t escaping = (from_even & even) | (run & ~from_even & ~even);
    const std::uint64_t escaped = (escaping << 1U) | carry;
    carry = escaping >> 63U;
    return escaped;
}

// How much longer the escapes whose second byte is in this block are than what they stand for: one byte, but \u with
// its four digits stands for one to three bytes, a surrogate half for two.
[[gnu::always_inline]] inline std::size_t surplus_of(const char* at, std::uint64_t& carry) {
    Block block;
    load(block, at);
    const std::uint64_t backslashes = bits_of(block == '\\');
    if ((backslashes | carry) == 0) return 0;
    const std::uint64_t escaped = escaped_bytes(backslashes, carry);
    const std::uint64_t unicode = escaped & bits_of(block == 'u');
    if (unicode == 0) return count(escaped);
    Block first, second, third;  // digits
    load(first, at + 1);
    load(second, at + 2);
    load(third, at + 3);
    const auto zero = first == '0';
    const auto low = (second & 0xf8) == '0';  // 0 to 7
    const auto surrogate = ((first | 0x20) == 'd') & ~low;
    const auto ascii = zero & (second == '0') & ((third & 0xf8) == '0');
    return count(escaped) + 2 * count(unicode) + count(unicode & bits_of((zero & low) | surrogate)) +
           count(unicode & bits_of(ascii));
}

[[gnu::always_inline]] inline std::size_t decoded_size_inlined(std::string_view raw) {
    std::size_t surplus = 0, at = 0;
    std::uint64_t carry = 0;
    for (; at + block_size + lookahead <= raw.size(); at += block_size) surplus += surplus_of(raw.data() + at, carry);
    char rest[3 * block_size] = {};
    raw.copy(rest, sizeof(rest), at);
    for (std::size_t i = 0; at + i < raw.size(); i += block_size) surplus += surplus_of(rest + i, carry);
    return raw.size() - std::min(surplus, raw.size());
}

std::size_t decoded_size_anywhere(std::string_view raw) {
    return decoded_size_inlined(raw);
}

#ifdef __x86_64__
[[gnu::target("avx2,popcnt")]] std::size_t decoded_size_avx2(std::string_view raw) {
    return decoded_size_inlined(raw);
}
const auto best = __builtin_cpu_supports("avx2") ? decoded_size_avx2 : decoded_size_anywhere;
#else
constexpr auto best = decoded_size_anywhere;
#endif

}  // namespace

std::size_t decoded_size(std::string_view raw) {
    return best(raw);
}

}  // namespace signalbox::protocol::detail
