#include "engine/control/outbox.h"

#include "engine/base/limits.h"
#include "signalbox/v1/control.pb.h"

namespace signalbox::control {
namespace {

using Rows = v1::TailRequestsResponse;

void join(Rows& waiting, const Rows& more) {
    waiting.set_dropped(waiting.dropped() + more.dropped());
    waiting.mutable_requests()->MergeFrom(more.requests());
    const int excess = waiting.requests_size() - static_cast<int>(limits::tail_queue_max);
    if (excess <= 0) return;
    waiting.mutable_requests()->DeleteSubrange(0, excess);
    waiting.set_dropped(waiting.dropped() + excess);
}

}  // namespace

void Outbox::push(const google::protobuf::Message& message) {
    const auto* more = dynamic_cast<const Rows*>(&message);
    if (more != nullptr && waiting_ != nullptr) return join(static_cast<Rows&>(*waiting_), *more);
    waiting_.reset(message.New());
    waiting_->CopyFrom(message);
}

}  // namespace signalbox::control
