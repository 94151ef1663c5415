#include "engine/flow/exchange.h"

namespace signalbox::flow {

void ClientWatch::peer_gone() {
    gone_ = true;
    if (stream_ != nullptr) stream_->abort();
    if (alarm_ != nullptr) alarm_->ring();
}

}  // namespace signalbox::flow
