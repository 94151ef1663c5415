// What must hold whatever happens. The scenarios and the seed sweep are held to the same list.
#pragma once

#include <string>
#include <vector>

#include "engine/replay/rig.h"

namespace signalbox::replay {

// At every instant: a request holds at most one place, no limit is exceeded, every accepted request is either under way
// or in the history, and what is reserved of places, memory and money belongs to requests under way. Empty: all is
// well.
[[nodiscard]] std::vector<std::string> broken_now(const Rig& rig);

// When every client has its answer and the gateway had time to notice: nothing is held, nobody waits, the history
// tells of each request what its client saw, and accounts were charged exactly what their requests cost.
[[nodiscard]] std::vector<std::string> broken_at_rest(const Rig& rig);

}  // namespace signalbox::replay
