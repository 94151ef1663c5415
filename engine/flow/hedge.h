// Step 6 with a second attempt beside the first one where that is late ("hedging"). Off by default.
//
// Late is what stays without content for longer than such attempts usually do (core/routing/hedging.h). The second
// attempt goes to another deployment of the same model that would serve at once. The first of the two to reach its
// commit point wins; the other is stopped where it waits, and both have walked out before anything is sent.
#pragma once

#include "engine/flow/exchange.h"

namespace signalbox::flow {

// Is this attempt one that a second may be made for?
[[nodiscard]] bool may_hedge(const Exchange& x, const Attempt& a);

// As attempt(); `a` is afterwards the one that won, or the one that failed last. The other is settled.
Task<void> attempt_and_hedge(Exchange& x, Attempt& a);

// A connection to the attempt's provider that the attempt stops waiting for when it is stopped itself (io_cancelled).
Task<Result<ports::Stream>> connect_or_stop(Exchange& x, const Attempt& a, Instant deadline);

[[nodiscard]] inline ClientWatch::Who who(const Attempt& a) {
    return a.hedge ? ClientWatch::hedge : ClientWatch::journey;
}

}  // namespace signalbox::flow
