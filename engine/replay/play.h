// Plays one scenario once, under one seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/replay/flow_file.h"

namespace signalbox::replay {

struct PlayResult {
    std::vector<std::string> complaints;  // empty: as expected; "line N: …" where a line is to blame
    std::uint64_t trace = 0;              // the same for the same file and seed
};

[[nodiscard]] PlayResult play(const FlowFile& file, std::uint64_t seed);

}  // namespace signalbox::replay
