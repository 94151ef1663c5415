// Sorts by a key and leaves equals in their order. (The library's own warns of its deprecated buffer under clang.)
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

namespace signalbox::ui {

template <class T, class Less>
void stableSort(std::vector<T>& items, Less less) {
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (less(items[a], items[b])) return true;
        if (less(items[b], items[a])) return false;
        return a < b;
    });
    std::vector<T> sorted;
    sorted.reserve(items.size());
    for (const auto at : order) sorted.push_back(std::move(items[at]));
    items = std::move(sorted);
}

template <class T, class Key>
void stableSortBy(std::vector<T>& items, Key key) {
    stableSort(items, [&](const T& a, const T& b) { return key(a) < key(b); });
}

}  // namespace signalbox::ui
