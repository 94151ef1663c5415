// Drills at work: which one spoils an attempt, and the connection that plays its fault.
#pragma once

#include "engine/core/drill/drill.h"
#include "engine/flow/exchange.h"

namespace signalbox::flow {

// Names the fault that a request wants to meet, and the one an answer has met.
inline constexpr std::string_view drill_header = "x-signalbox-drill";

// The drill that spoils the attempt of this row, or nullptr. Lives in x.rules.
[[nodiscard]] const core::ActiveDrill* drill_of(const Exchange& x, const ports::AttemptRecord& row);

// A connection on which the drill's fault happens, byte by byte: to nobody, or to the provider where the fault is in
// its answer. What it is answered with never keeps the connection alive. Errors: as of Network::connect.
Task<Result<ports::Stream>> connect_drilled(Exchange& x, const Attempt& a, const core::ActiveDrill& drill,
                                            Instant deadline);

}  // namespace signalbox::flow
