// "Did you mean …": the known names nearest to a word, by edit distance.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox::core {

// Insertions, deletions, substitutions and swaps of neighbours, each 1; letter case is free.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// At most `most` names, nearest first, ties in the order given. A name that shares too little with `word` is left out.
[[nodiscard]] std::vector<std::string> nearest(std::string_view word, std::span<const std::string> known,
                                               std::size_t most);

}  // namespace signalbox::core
