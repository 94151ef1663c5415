// Plays one scenario once, under one seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/replay/bars.h"
#include "engine/replay/flow_file.h"
#include "engine/replay/measure.h"

namespace signalbox::replay {

struct PlayResult {
    std::vector<std::string> complaints;  // empty: as expected; "line N: …" where a line is to blame
    std::uint64_t trace = 0;              // the same for the same file and seed
    Measurements seen;
    std::vector<BarResult> bars;
    std::vector<std::string> report;  // figures of the table
};

[[nodiscard]] PlayResult play(const FlowFile& file, std::uint64_t seed);

}  // namespace signalbox::replay
