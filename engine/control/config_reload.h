// The configuration at run time: checked, compared and swapped whole; a bad file changes nothing.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "engine/control/moment.h"
#include "engine/control/trail.h"
#include "engine/core/config/fault.h"

namespace signalbox::control {

namespace v1 = api::v1;

struct ConfigParts {
    // Reads and validates a file's text.
    std::function<std::expected<core::Config, core::ConfigFaults>(const std::string& text)> load;
    // Puts a configuration into force; cannot fail.
    std::function<void(core::ConfigPtr)> apply;
};

// Control loop only. The trail outlives it.
class ConfigReload {
  public:
    ConfigReload(ConfigParts parts, core::ConfigPtr in_force, Trail& trail)
        : parts_(std::move(parts)), in_force_(std::move(in_force)), trail_(trail) {}

    // Dry run: every fault, or every change against the configuration in force.
    [[nodiscard]] v1::CheckConfigResponse check(const std::string& text) const;

    // Swaps the configuration in, one revision higher; without a change nothing happens. On config_invalid and
    // store_failed the old one stays in force; the faults are in the events, and in problem() until a good file comes.
    Result<void> apply(const std::string& text, const Caller& caller, Moment at);

    [[nodiscard]] const core::ConfigPtr& in_force() const { return in_force_; }
    // What is wrong with the last file; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] WallTime problem_since() const { return problem_since_; }

  private:
    Error refuse(const core::ConfigFaults& faults, const Act& act, Moment at);

    ConfigParts parts_;
    core::ConfigPtr in_force_;
    Trail& trail_;
    std::string problem_;
    WallTime problem_since_;
};

}  // namespace signalbox::control
