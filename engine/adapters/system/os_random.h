// Chance of the real world: a fast generator seeded once from the kernel. Not for secrets.
#pragma once

#include "engine/base/prng.h"
#include "engine/ports/random.h"

namespace signalbox::adapters {

// One per loop; not thread-safe.
class OsRandom final : public ports::Random {
  public:
    OsRandom();
    [[nodiscard]] std::uint64_t next() override { return prng_.next(); }

  private:
    Prng prng_;
};

}  // namespace signalbox::adapters
