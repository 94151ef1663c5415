// A configuration against the whole catalogue of faults, in virtual time: for every model the target that is asked
// first misbehaves, and what the client gets is told. Needs no secret and no network: every provider is a simulated
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/config/config.h"
#include "engine/core/drill/fault.h"

namespace signalbox::replay {

// What the client got.
enum class Got : std::uint8_t {
    complete,  // a whole answer
    told,      // the provider's own error, which is right for what is wrong with the request itself
    honest,    // the answer broke after it had begun, and said so
    error,     // an error that a fallback would have spared it
    broken,    // something that looks whole and is not, or an end that tells nothing: our own fault
};
[[nodiscard]] std::string_view to_string(Got got);

struct DrillResult {
    std::string model;
    core::Fault fault = core::Fault::none;
    bool streamed = false;
    std::string struck{};  // what misbehaved: "provider", "provider#key" or "provider/upstream-model"
    Got got = Got::error;
    int status = 0;
    std::string code{};  // of the error the client was told; empty: none
    int attempts = 0;
    Nanos total{};
    std::string served_by{};  // deployment; empty: none
    std::string finding{};    // why it does not pass; empty: it does
    std::string hint{};       // what would make a passed one better; empty: nothing
    [[nodiscard]] bool passed() const { return finding.empty(); }
};

struct Scoreboard {
    std::uint64_t seed = 1;
    std::vector<DrillResult> rows;  // by model, fault, and whole before streamed
    [[nodiscard]] bool passed() const;
};

struct DrillOptions {
    std::uint64_t seed = 1;
    std::string model{};                                  // name or alias; empty: every listed one
    std::vector<core::Fault> faults{};                    // empty: the whole catalogue
    std::function<void(const std::string&)> begins = {};  // a model, by name
};

// `config` has passed validation; its secrets may be anything. Errors: model_not_found.
[[nodiscard]] Result<Scoreboard> run_drills(const core::Config& config, const DrillOptions& options);

// For people: a row for each drill, then what is found, worst first.
[[nodiscard]] std::string as_table(const Scoreboard& board);
// For programs: everything.
[[nodiscard]] std::string as_json(const Scoreboard& board);

}  // namespace signalbox::replay
