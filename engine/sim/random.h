// Chance by seed.
#pragma once

#include "engine/base/prng.h"
#include "engine/ports/random.h"

namespace signalbox::sim {

class SimRandom final : public ports::Random {
  public:
    explicit SimRandom(std::uint64_t seed) : prng_(seed) {}
    [[nodiscard]] std::uint64_t next() override { return prng_.next(); }

  private:
    Prng prng_;
};

}  // namespace signalbox::sim
