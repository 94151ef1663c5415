// Collecting faults: one line per rule in the validators.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/core/config/fault.h"

namespace signalbox::core {

class FaultList {
  public:
    void add(std::string field, std::string problem, std::string remedy = {}) {
        if (!full()) faults_.push_back({{}, 0, std::move(field), std::move(problem), std::move(remedy)});
    }
    void require(bool holds, std::string field, std::string problem, std::string remedy = {}) {
        if (!holds) add(std::move(field), std::move(problem), std::move(remedy));
    }
    template <class T>
    void positive(std::string field, const T& value) {
        require(value > T{}, std::move(field), "must be more than 0");
    }
    template <class T>
    void positive(std::string field, const std::optional<T>& value) {
        if (value) positive(std::move(field), *value);
    }
    template <class T>
    void not_negative(std::string field, const T& value) {
        require(value >= T{}, std::move(field), "must not be negative");
    }
    template <class T>
    void within(std::string field, T value, T least, T most) {
        require(value >= least && value <= most, std::move(field), fmt::format("must be from {} to {}", least, most));
    }
    void one_of(std::string field, std::string_view word, std::span<const std::string_view> words) {
        require(std::ranges::find(words, word) != words.end(), std::move(field), "is not one of its words",
                fmt::format("choose from {}", fmt::join(words, ", ")));
    }
    // `seen` remembers the names of one list. `secret`: the value itself is not shown.
    void unique(std::set<std::string_view>& seen, std::string field, std::string_view value, bool secret = false) {
        if (value.empty() || seen.insert(value).second) return;
        add(std::move(field), secret ? "is used twice in this list" : fmt::format("\"{}\" is used twice", value),
            "give each its own");
    }

    [[nodiscard]] bool full() const { return faults_.size() >= config_faults_max; }
    [[nodiscard]] ConfigFaults take() { return std::move(faults_); }

  private:
    ConfigFaults faults_;
};

}  // namespace signalbox::core
