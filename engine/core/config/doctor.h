// What a valid configuration will be regretted for: a table of rules, each a pure function of the configuration and of
// the day. What cannot be used at all is validate()'s business.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/config/config.h"

namespace signalbox::core {

enum class Severity : std::uint8_t {
    hint,     // worth knowing
    warning,  // will hurt one day
    error,    // hurts now, or at the first request
};

// Never shows a secret, only its fingerprint.
struct Finding {
    Severity severity = Severity::hint;
    std::string_view rule;  // its name in the table below
    std::string object;     // what it is about, such as the model's name
    std::string field;      // "models[0].deployments[1].retires"
    std::string problem;
    std::string remedy;
};
using Findings = std::vector<Finding>;

struct DoctorRule {
    std::string_view name;
    Severity severity;
    // Fills in everything but the rule and its severity.
    void (*look)(const Config& config, std::chrono::sys_days today, Findings& out);
};
[[nodiscard]] std::span<const DoctorRule> doctor_rules();

// Everything, worst first. Precondition: validate(config) has no faults.
[[nodiscard]] Findings examine(const Config& config, std::chrono::sys_days today);

// What two gateways should not share, or should: upstream keys, and who must show one. `other`: what to call the
// second.
[[nodiscard]] Findings compare(const Config& config, const Config& second, std::string_view other);

[[nodiscard]] std::string_view to_string(Severity severity);

}  // namespace signalbox::core
