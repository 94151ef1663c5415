// The statements before the start, as a configuration, provider scripts, loads and bars.
//
//   defaults attempts=4 retries=1 backoff=250ms queue=32 wait=120s fallbacks=a,b …and deadlines, and of the breaker
//            free_check=60s open_max=30m
//   gateway policy=signalbox|incident zone=a              who decides; where it stands
//   provider p1 keys=a,b weights=2,1 kind=simulated zone=a …and the knobs of `at … provider`
//   fleet far count=60 warm=3 …as a provider              far.1 … far.60, the first 3 with their models loaded
//   model main p1/x far/y fallbacks=spare strategy=weighted shape=image max_in_flight=2 context=8192 order=1,2
//         hedge=off|p95|2s hedge_budget=5%
//         price=0.5,2 rpm=100 tpm=10000 …and deadlines    price: dollars for a million tokens, input and output
//   account big tier=service budget=50 per=24h rpm=600 output_tpm=5000000 output_burst=512000
//   load users model=main rate=400/h from=10m to=26h …    or clients=64; see load.h. Further: shape= stream= even=
//         ramp= think= requests= tokens= (asked for at most) prompt=20..80 (tokens) account= tags= patience= retry=sdk
//         fallbacks=
//   window failover from=60s to=180s
//   bar …, report …                                       see bars.h, measure.h
// Deadlines: connect headers first_token idle total. A model's limits hold for each of its deployments; `order` is
// given once for each of the names behind the model.
#pragma once

#include "engine/replay/bars.h"
#include "engine/replay/flow_file.h"
#include "engine/replay/load.h"
#include "engine/replay/options.h"
#include "engine/replay/rig.h"

namespace signalbox::replay {

struct Scenario {
    Setup setup;
    std::vector<LoadSpec> loads;
    std::vector<Window> windows;
    std::vector<Bar> bars;
    std::vector<std::string> report;  // figures
};

// Errors name the line.
[[nodiscard]] Result<Scenario> make_scenario(const FlowFile& file);

// The knobs of a simulated provider: first_token rate tokens slots fault share retry_after fault_after refused (a key),
// embedding image (time to the answer) prefill (tokens a second) slowdown (of the tokens, by each answer beside), and
// of its memory: memory model_size kv (bytes a token) load_time headroom warm=yes. With `memory` its models load and
// cool. `fault` is a word of the drill catalogue or status:NNN.
[[nodiscard]] Result<void> take_knobs(Options& options, int line, sim::ProviderScript& script);

}  // namespace signalbox::replay
