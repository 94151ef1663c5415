#include "engine/adapters/system/os_random.h"

#include <sys/random.h>

#include "engine/base/check.h"

namespace signalbox::adapters {
namespace {

std::uint64_t seed() {
    std::uint64_t value = 0;
    SB_CHECK(getrandom(&value, sizeof value, 0) == sizeof value);
    return value;
}

}  // namespace

OsRandom::OsRandom() : prng_(seed()) {}

}  // namespace signalbox::adapters
