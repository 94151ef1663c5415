#include "engine/control/input_tags.h"

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/base/tags.h"
#include "engine/base/text.h"

namespace signalbox::control {
namespace {

// The entry of `name`, or of `other` where there is no room for one more.
template <class Map>
auto& entry_of(Map& map, std::string_view name, std::size_t most) {
    const auto found = map.find(name);
    if (found != map.end()) return found->second;
    return map[std::string(map.size() < most ? name : InputTags::other)];
}

}  // namespace

InputTags::Series& InputTags::series_of(std::string_view key, std::string_view value) {
    const bool new_key = !keys_.contains(key) && keys_.size() >= limits::metered_tag_keys_max;
    Values& values = entry_of(keys_, key, limits::metered_tag_keys_max);
    return entry_of(values, new_key ? other : value, limits::metered_tag_values_max);
}

void InputTags::add(std::string_view tags, std::int64_t tokens, Nanos since_start) {
    if (const std::int64_t now = since_start / half; now != present_) {
        present_ = now;
        forget_silent(now);
    }
    for_each_tag(tags, [&](std::string_view key, std::string_view value) {
        Series& series = series_of(key, value);
        Half& present = series.halves[static_cast<std::size_t>(present_) % series.halves.size()];
        if (present.index != present_) present = {.index = present_};
        present.tokens.add(tokens);
        series.lifetime.add(tokens);
    });
}

void InputTags::forget_silent(std::int64_t now) {
    for (auto& [key, values] : keys_) {
        std::erase_if(values, [&](const auto& entry) {
            return std::ranges::all_of(entry.second.halves, [&](const Half& one) { return one.index < now - 1; });
        });
    }
    std::erase_if(keys_, [](const auto& entry) { return entry.second.empty(); });
}

std::vector<InputTags::Name> InputTags::names() const {
    std::vector<Name> out;
    for (const auto& [key, values] : keys_) {
        for (const auto& [value, series] : values) out.emplace_back(key, value);
    }
    return out;
}

TagInputs InputTags::sizes_of(const Name& name, Nanos since_start) const {
    TagInputs out{to_utf8(name.key), to_utf8(name.value), {}, {}};
    const auto values = keys_.find(name.key);
    if (values == keys_.end()) return out;
    const auto found = values->second.find(name.value);
    if (found == values->second.end()) return out;
    out.lifetime = found->second.lifetime;
    for (const Half& one : found->second.halves) {
        if (one.index >= 0 && one.index >= since_start / half - 1) out.lately.merge(one.tokens);
    }
    return out;
}

}  // namespace signalbox::control
