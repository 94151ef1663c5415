#include "engine/core/config/suggest.h"

#include <algorithm>
#include <cctype>
#include <ranges>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool contains(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return part.size() >= 3 && std::ranges::search(text, part, same).size() == part.size();
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the classic table: the swap looks two rows back.
    std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                current[j] = std::min(current[j], before[j - 2] + 1);
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> known, std::size_t most) {
    if (word.empty() || word.size() > limits::name_length_max) return {};
    std::vector<std::pair<std::size_t, std::size_t>> ranked;  // distance, index
    for (std::size_t i = 0; i < known.size(); ++i) {
        const std::string& name = known[i];
        if (name.size() > limits::name_length_max) continue;
        const std::size_t distance = edit_distance(word, name);
        const std::size_t tolerated = std::max<std::size_t>(2, std::max(word.size(), name.size()) / 3);
        if (distance <= tolerated || contains(name, word) || contains(word, name)) ranked.emplace_back(distance, i);
    }
    std::ranges::sort(ranked);
    std::vector<std::string> names;
    for (const auto& [distance, index] : ranked | std::views::take(most)) names.push_back(known[index]);
    return names;
}

}  // namespace signalbox::core
