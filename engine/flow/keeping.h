// What is noted of a request whose answer may be kept for the next one that is the same.
#pragma once

#include <string>

#include "engine/base/time.h"
#include "engine/core/access/digest.h"

namespace signalbox::flow {

struct Keeping {
    core::Digest key;
    Nanos ttl{};
    bool looked = false;  // and there was none
    std::string events;   // of a stream, given to the client so far
};

}  // namespace signalbox::flow
