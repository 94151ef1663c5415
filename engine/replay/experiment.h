// A whole scenario file: every cell played once, measured, and held to its bars.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/replay/play.h"

namespace signalbox::replay {

struct RunOptions {
    std::uint64_t seed = 1;
    bool quick = false;                                   // the file's `quick` statements instead of its `full` ones
    std::string only;                                     // cells whose name contains this; empty: all
    std::function<void(const std::string&)> begins = {};  // a cell, by name
};

struct CellResult {
    Cell cell;
    PlayResult played;
    // Every bar holds and nothing was complained of.
    [[nodiscard]] bool passed() const;
};

struct ExperimentResult {
    std::string name, description;
    std::uint64_t seed = 1;
    bool quick = false;
    std::vector<CellResult> cells;
    [[nodiscard]] bool passed() const;
};

// Error: invalid_argument, the file cannot be read; with its line.
[[nodiscard]] Result<ExperimentResult> run_experiment(std::string_view text, const RunOptions& options);

// Of a scenario's text; empty: it has none.
[[nodiscard]] std::string description_of(std::string_view text);

// For people: a row for each cell, then every bar that fails.
[[nodiscard]] std::string as_table(const ExperimentResult& result);
// For programs: everything, with the fleet over time.
[[nodiscard]] std::string as_json(const ExperimentResult& result);

}  // namespace signalbox::replay
