// One instant on both clocks: the engine obeys the first, people and the store read the second.
#pragma once

#include "engine/base/time.h"

namespace signalbox {

struct Moment {
    Instant now{};
    WallTime wall;
};

// What the wall clock shows at `instant`, as far as one can tell from here.
[[nodiscard]] constexpr WallTime wall_of(Instant instant, Moment at) {
    return at.wall + (instant - at.now);
}

}  // namespace signalbox
