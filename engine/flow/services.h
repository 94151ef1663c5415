// Everything a step may use, as references. One per loop; outlives every coroutine of the loop.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/base/log.h"
#include "engine/flow/router.h"
#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/ports/random.h"
#include "engine/ports/spawner.h"
#include "engine/ports/store.h"

namespace signalbox::flow {

using ports::Task;

// What is going on right now, over all loops. Written with relaxed atomics, read by the slow path.
struct Gauges {
    std::atomic<std::int64_t> connections{0};  // open client connections
    std::atomic<std::int64_t> in_flight{0};    // requests between their head and their record
    std::atomic<std::int64_t> hedged{0};       // of them: two attempts are under way, or were just now
    std::atomic<bool> draining{false};         // no new request is taken
};

struct Exchange;
class UpstreamPool;
class BufferPool;

// The last answer about capacity, of this loop.
struct CapacityCache {
    std::string body;
    Instant made{};
};

struct Services {
    ports::Clock& clock;
    ports::Random& random;
    ports::Network& network;
    ports::Spawner& spawner;
    ports::Journal& journal;
    Router& router;
    Gauges& gauges;
    Log& log;
    UpstreamPool& upstreams;
    BufferPool& buffers;
    core::Decision scratch{};  // of the decision being made; nothing is kept in it across an await
    CapacityCache capacity{};
    std::vector<Exchange*> waiting{};  // streaming clients without an answer so far; see keep_alive.h
    bool watching = false;             // somebody looks after them
};

}  // namespace signalbox::flow
