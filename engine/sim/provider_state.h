// What a simulated provider tells of itself at GET /state: a heartbeat of the control API (HeartbeatRequest) in
// protobuf's JSON form, as a provider of one's own would publish it.
#pragma once

#include <string>

#include "engine/sim/provider_session.h"

namespace signalbox::sim {

[[nodiscard]] std::string state_body(const SimProvider::State& state);
// The "model" of a body like {"model":"x"}; empty: there is none.
[[nodiscard]] std::string model_named(std::string body);

}  // namespace signalbox::sim
