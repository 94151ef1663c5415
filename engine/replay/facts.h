// What an expectation may look at: named facts of a client, a provider, a breaker or the whole gateway.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "engine/replay/flow_file.h"
#include "engine/replay/rig.h"

namespace signalbox::replay {

using Fact = std::variant<std::string, std::int64_t, Nanos>;
using Facts = std::map<std::string, Fact, std::less<>>;

// Of the answer: status, end, done, tokens, error, retry_after, first, total. Of the history row: rows, outcome, why,
// code, served, model, key, attempts, bypassed, probe, override, queue.
[[nodiscard]] Facts client_facts(const Rig& rig, const Ask& ask);
// requests, faults, connections, abandoned, under_way, waiting.
[[nodiscard]] Facts provider_facts(const sim::ProviderCounters& counters);
// state, cause, trips, evidence, diverted, in_flight; one row for each lane of `deployment`, which may be one lane,
// "deployment#key", itself.
[[nodiscard]] std::vector<Facts> breaker_facts(const flow::FleetView& view, const std::string& deployment);
// in_flight, reserved, waiting, rows.
[[nodiscard]] Facts gateway_facts(const Rig& rig);

struct LaneLook {
    const std::string* name;
    const core::LaneState* state;
    const core::Health* health;  // what decides about it: its key's where the key itself is refused
};
// Of a provider ("p1"), a deployment ("p1/x") or one lane ("p1/x#key"). Points into the view.
[[nodiscard]] std::vector<LaneLook> lanes_of(const flow::FleetView& view, std::string_view name);

// Error: invalid_argument when there is no such fact or the value is of another kind.
[[nodiscard]] Result<bool> holds(const Facts& facts, const Term& term);
[[nodiscard]] std::string to_string(const Fact& fact);

}  // namespace signalbox::replay
