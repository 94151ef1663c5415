#include "engine/replay/experiment.h"

#include <algorithm>

namespace signalbox::replay {

bool CellResult::passed() const {
    const auto fails = [](const BarResult& bar) { return bar.applies && !bar.holds; };
    return played.complaints.empty() && std::ranges::none_of(played.bars, fails);
}

bool ExperimentResult::passed() const {
    return !cells.empty() && std::ranges::all_of(cells, &CellResult::passed);
}

Result<ExperimentResult> run_experiment(std::string_view text, const RunOptions& options) {
    Result<std::vector<Cell>> cells = cells_of(text, options.quick);
    if (!cells) return std::unexpected(std::move(cells.error()));
    ExperimentResult result;
    result.seed = options.seed;
    result.quick = options.quick;
    for (Cell& cell : *cells) {
        Result<FlowFile> file = parse_flow(text, cell, options.quick);
        if (!file) return std::unexpected(std::move(file.error()));
        result.name = file->name;
        result.description = file->description;
        if (cell.name.find(options.only) == std::string::npos) continue;
        if (cell.name.empty()) cell.name = file->name;
        if (options.begins) options.begins(cell.name);
        PlayResult played = play(*file, options.seed);
        result.cells.push_back({std::move(cell), std::move(played)});
    }
    return result;
}

std::string description_of(std::string_view text) {
    constexpr std::string_view prefix = "\n# description: ";
    const auto begin = text.find(prefix);
    if (begin == std::string_view::npos) return {};
    const std::string_view rest = text.substr(begin + prefix.size());
    return std::string(rest.substr(0, rest.find('\n')));
}

}  // namespace signalbox::replay
