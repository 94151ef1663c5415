// The parts of validate(), by section of the file. See validate.h.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/config/config.h"
#include "engine/core/config/fault_list.h"

namespace signalbox::core {

void validate_gateway(const Config& config, FaultList& faults);
void validate_providers(const Config& config, FaultList& faults);
void validate_models(const Config& config, FaultList& faults);  // and aliases, and the chains
void validate_defaults(const Config& config, FaultList& faults);
void validate_access(const Config& config, FaultList& faults);        // accounts and control tokens
void validate_surroundings(const Config& config, FaultList& faults);  // history, alerts, otlp, fleet

// Rules shared by the sections.
void check_name(FaultList& faults, const std::string& field, std::string_view name);
void check_deadlines(FaultList& faults, const std::string& field, const Deadlines& deadlines);
void check_hedge(FaultList& faults, const std::string& field, const HedgeConfig& hedge);
// Nothing that could end a header line or hide in one.
[[nodiscard]] bool is_printable(std::string_view text);

}  // namespace signalbox::core
