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
    double loss = 0;                 // of what is sent, 0..1: it is sent again after a pause that doubles, like TCP
    std::size_t window = 64 * 1024;  // bytes under way in one direction before a writer waits
    [[nodiscard]] bool is_cut() const { return connect != ConnectFault::none || stalled; }
};

inline constexpr Nanos resend_bytes = 200ms;  // the first pause before lost bytes are sent again
inline constexpr Nanos resend_connect = 1s;   // and before a lost connection request is
inline constexpr int resends_max = 6;

}  // namespace signalbox::sim
