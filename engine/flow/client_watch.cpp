#include "engine/flow/exchange.h"

namespace signalbox::flow {

void ClientWatch::peer_gone() {
    gone_ = true;
    stop(journey);
    stop(hedge);
}

void ClientWatch::stop(Who who) {
    const Wait& wait = waits_[who];
    if (wait.stream != nullptr) wait.stream->abort();
    if (wait.alarm != nullptr) wait.alarm->ring();
}

}  // namespace signalbox::flow
