// Chance, handed in. Integers only: library distributions differ between implementations, ours must not.
#pragma once

#include <cstdint>

namespace signalbox::ports {

// One per loop; not thread-safe.
class Random {
  public:
    virtual ~Random() = default;
    [[nodiscard]] virtual std::uint64_t next() = 0;  // uniform over all 64-bit values
};

}  // namespace signalbox::ports
