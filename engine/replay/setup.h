// The statements before the start, as a configuration and provider scripts.
//
//   defaults attempts=4 retries=1 backoff=250ms queue=32 wait=120s fallbacks=a,b …and deadlines
//   provider p1 keys=a,b weights=2,1 …and the knobs of `at … provider`
//   model main p1/x p2/y fallbacks=spare strategy=weighted max_in_flight=2 context=8192 …and deadlines
// Deadlines: connect headers first_token idle total. A model's limits hold for each of its deployments.
#pragma once

#include "engine/replay/flow_file.h"
#include "engine/replay/options.h"
#include "engine/replay/rig.h"

namespace signalbox::replay {

// Errors name the line.
[[nodiscard]] Result<Setup> make_setup(const FlowFile& file);

// The knobs of a simulated provider: first_token rate tokens slots fault share retry_after fault_after refused (a key).
// `fault` is a word of the drill catalogue or status:NNN.
[[nodiscard]] Result<void> take_knobs(Options& options, int line, sim::ProviderScript& script);

}  // namespace signalbox::replay
