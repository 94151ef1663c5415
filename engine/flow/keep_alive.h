// Signs of life for streaming clients that wait: for a place, for a backoff, or for a provider's first content.
//
// Proxies and clients give up on a connection that stays silent. After ten seconds the client gets the head and a
// comment, and one more every ten seconds. With the head goes the status: what fails from then on is told inside the
// stream, as after the commit point. What serves it may still change; a comment names it when the answer begins.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/base/time.h"
#include "engine/ports/clock.h"
#include "engine/ports/task.h"

namespace signalbox::flow {

struct Exchange;

// Of one exchange.
struct SignsOfLife {
    bool wanted = false;
    bool writing = false;
    std::size_t place = 0;  // in Services::waiting
    Instant next{};
    std::shared_ptr<ports::Alarm> written;  // rung where somebody waits for the end of a write
};

// From now on; nothing for whole answers, and nothing new while it lasts already.
void keep_alive(Exchange& x);
// Before anything else is written to the client. Waits for a sign under way.
ports::Task<void> stop_keeping_alive(Exchange& x);

}  // namespace signalbox::flow
