// The configuration at run time: checked, compared and swapped whole; a bad file changes nothing.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/trail.h"
#include "engine/core/config/fault.h"

namespace signalbox::control {

namespace v1 = api::v1;

// Of the configuration file, or why it cannot be read.
using ConfigText = std::expected<std::string, core::ConfigFaults>;

struct ConfigParts {
    // Reads and validates a file's text.
    std::function<std::expected<core::Config, core::ConfigFaults>(const std::string& text)> load;
    // The same with its secrets concealed: all that a text from the API may learn of this machine.
    std::function<std::expected<core::Config, core::ConfigFaults>(const std::string& text)> inspect;
    // Puts a configuration into force; cannot fail.
    std::function<void(core::ConfigPtr)> apply;
    // The configuration in force as inspect() reads its text; null: there is no text.
    core::ConfigPtr inspected = nullptr;
};

// Control loop only. The trail outlives it.
class ConfigReload {
  public:
    ConfigReload(ConfigParts parts, core::ConfigPtr in_force, Trail& trail);

    // Dry run of a text from anybody: every fault, or every change against the configuration in force. Values of
    // secrets are neither shown nor compared, only where they come from.
    [[nodiscard]] v1::CheckConfigResponse check(const std::string& text) const;

    // Swaps the configuration in, one revision higher; without a change nothing happens. What is bound since the start
    // must stay protected. On config_invalid and store_failed the old one stays in force; the faults are in the
    // events, and in problem() until a good file comes.
    Result<void> apply(const ConfigText& text, const Caller& caller, Moment at);

    [[nodiscard]] const core::ConfigPtr& in_force() const { return in_force_; }
    // What is wrong with the last file; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] WallTime problem_since() const { return problem_since_; }

    // What the configuration in force asks for and only a restart brings, a line each; empty: nothing.
    [[nodiscard]] const std::vector<std::string>& restart_needed() const { return restart_needed_; }
    [[nodiscard]] WallTime restart_needed_since() const { return restart_needed_since_; }
    // Fields of the configuration in force that this version does not act on.
    [[nodiscard]] const std::vector<std::string>& without_effect() const { return without_effect_; }

  private:
    [[nodiscard]] std::expected<core::Config, core::ConfigFaults> load(const ConfigText& text) const;
    void put_in_force(core::Config next, const std::string& text, Moment at);
    Error refuse(const core::ConfigFaults& faults, const Act& act, Moment at);

    ConfigParts parts_;
    core::ConfigPtr in_force_;
    core::ConfigPtr inspected_;  // in_force_ as inspect() reads it
    core::ConfigPtr started_, started_inspected_;
    Trail& trail_;
    std::string problem_;
    WallTime problem_since_;
    std::vector<std::string> restart_needed_;
    WallTime restart_needed_since_;
    std::vector<std::string> without_effect_;
};

}  // namespace signalbox::control
