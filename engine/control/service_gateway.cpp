// The Gateway half: calls from any thread become posted work of the control loop.
#include <atomic>

#include "engine/control/service.h"

namespace signalbox::control {
namespace {

Caller local_administrator() {
    Caller caller;
    caller.role = core::Role::admin;
    caller.source = "console";
    return caller;
}

std::shared_ptr<google::protobuf::Message> copy_of(const google::protobuf::Message& message) {
    std::shared_ptr<google::protobuf::Message> copy(message.New());
    copy->CopyFrom(message);
    return copy;
}

// A subscription that exists before the control loop has heard of it.
struct FarStream {
    std::atomic<bool> dropped = false;
    std::unique_ptr<api::Subscription> inner;  // control loop only
};

api::AnySink guarded(const std::shared_ptr<FarStream>& stream, api::AnySink sink) {
    return {.next =
                [stream, next = std::move(sink.next)](const google::protobuf::Message& message) {
                    if (!stream->dropped) next(message);
                },
            .ended =
                [stream, ended = std::move(sink.ended)](api::Failure failure) {
                    if (!stream->dropped) ended(std::move(failure));
                }};
}

class FarSubscription final : public api::Subscription {
  public:
    FarSubscription(ports::Spawner& loop, std::shared_ptr<FarStream> stream)
        : loop_(loop), stream_(std::move(stream)) {}
    ~FarSubscription() override {
        stream_->dropped = true;
        loop_.post([stream = stream_] { stream->inner.reset(); });
    }

  private:
    ports::Spawner& loop_;
    std::shared_ptr<FarStream> stream_;
};

}  // namespace

void Service::call_any(const api::MethodInfo& method, const google::protobuf::Message& request, api::AnyReply reply) {
    parts_.loop.post([link = link_, &method, request = copy_of(request), reply = std::move(reply)] {
        if (link->service == nullptr) return reply(std::unexpected(stopping()));
        link->service->call_as(local_administrator(), method, *request, reply);
    });
}

std::unique_ptr<api::Subscription> Service::subscribe_any(const api::MethodInfo& method,
                                                          const google::protobuf::Message& request,
                                                          api::AnySink sink) {
    auto stream = std::make_shared<FarStream>();
    parts_.loop.post([link = link_, &method, request = copy_of(request), stream, sink = guarded(stream, std::move(sink))] {
        if (stream->dropped) return;
        if (link->service == nullptr) return sink.ended(stopping());
        stream->inner = link->service->subscribe_as(local_administrator(), method, *request, sink);
    });
    return std::make_unique<FarSubscription>(parts_.loop, std::move(stream));
}

}  // namespace signalbox::control
