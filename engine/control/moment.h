// One instant on both clocks: the engine obeys the first, people and the store read the second.
#pragma once

#include "engine/base/time.h"

namespace signalbox::control {

struct Moment {
    Instant now{};
    WallTime wall;
};

}  // namespace signalbox::control
