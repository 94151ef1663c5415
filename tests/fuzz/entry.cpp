// Makes one target the one libFuzzer calls; FUZZ_TARGET comes from CMakeLists.txt.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    signalbox::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
