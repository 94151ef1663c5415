// What the simulated network does to the connections of one address. Changeable at any virtual time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace signalbox::sim {

enum class ConnectFault : std::uint8_t { none, refused, hang, dns_failure, tls_failure };

struct Link {
    Nanos delay = 0ns;  // one way, for connecting and for bytes
    ConnectFault connect = ConnectFault::none;
    bool partial_reads = false;      // reads return seeded amounts, from one byte up
    bool stalled = false;            // bytes are taken and arrive once this is lifted
    std::size_t window = 64 * 1024;  // bytes under way in one direction before a writer waits
};

}  // namespace signalbox::sim
