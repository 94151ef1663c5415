// Chance of the sweep: random fleets, random faults, random clients. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "engine/base/prng.h"
#include "engine/replay/rig.h"

namespace signalbox::replay {

class Weather {
  public:
    explicit Weather(std::uint64_t seed) : prng_(seed) {}

    // Providers p1…pN, and one named rock that nothing ever happens to; every chain ends at its model `rock`.
    [[nodiscard]] Setup fleet();
    // Something happens to one provider, or to the overrides: a fault begins or ends, a process dies, a link breaks.
    void strike(Rig& rig);
    // All of it ends.
    static void clear(Rig& rig);
    // One client more, of any temper.
    void visit(Rig& rig);

    [[nodiscard]] int between(int least, int most);
    [[nodiscard]] bool one_in(int n) { return between(1, n) == 1; }

  private:
    template <class T>
    [[nodiscard]] T any_of(std::initializer_list<T> choices) {
        return choices.begin()[between(0, static_cast<int>(choices.size()) - 1)];
    }
    [[nodiscard]] std::vector<core::AccountConfig> accounts();
    [[nodiscard]] core::ModelConfig model(int index, int models, int providers);
    void strike_redirect(Rig& rig);
    void strike_link(Rig& rig, const std::string& provider);
    [[nodiscard]] std::string any_model(const Rig& rig);
    [[nodiscard]] std::string any_provider(const Rig& rig);

    Prng prng_;
    int visits_ = 0;
};

}  // namespace signalbox::replay
