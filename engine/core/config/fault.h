// One thing wrong with a configuration file. All faults are reported at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace signalbox::core {

struct ConfigFault {
    std::string file;
    int line = 0;         // 1-based; 0: the file as a whole
    std::string field;    // "providers[0].keys[1].value"
    std::string problem;  // what is wrong
    std::string remedy;   // what to write instead; may be empty
};
using ConfigFaults = std::vector<ConfigFault>;
inline constexpr std::size_t config_faults_max = 200;  // reported at once; more help nobody

// "file:line: field: what is wrong; what to write instead"
[[nodiscard]] std::string to_string(const ConfigFault& fault);

}  // namespace signalbox::core
