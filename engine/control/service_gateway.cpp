// The Gateway half: calls from any thread become posted work of the control loop.
#include <atomic>

#include "engine/control/service.h"

namespace signalbox::control {
namespace {

Caller local_administrator() {
    return {.role = core::Role::admin, .source = "console"};
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
    FarSubscription(std::shared_ptr<Inbox> inbox, std::shared_ptr<FarStream> stream)
        : inbox_(std::move(inbox)), stream_(std::move(stream)) {}
    ~FarSubscription() override {
        stream_->dropped = true;
        const bool posted = inbox_->post([stream = stream_] { stream->inner.reset(); });
        // Closed: the loop touches the stream no more, and its sink keeps the stream alive until this.
        if (!posted) stream_->inner.reset();
    }

  private:
    std::shared_ptr<Inbox> inbox_;
    std::shared_ptr<FarStream> stream_;
};

}  // namespace

void Service::call_any(const api::MethodInfo& method, const google::protobuf::Message& request, api::AnyReply reply) {
    const bool taken = inbox_->post([link = link_, &method, request = copy_of(request), reply] {
        if (link->service == nullptr) return reply(std::unexpected(stopping()));
        link->service->call_as(local_administrator(), method, *request, reply);
    });
    if (!taken) reply(std::unexpected(stopping()));
}

std::unique_ptr<api::Subscription> Service::subscribe_any(const api::MethodInfo& method,
                                                          const google::protobuf::Message& request, api::AnySink sink) {
    auto stream = std::make_shared<FarStream>();
    const api::AnySink guard = guarded(stream, std::move(sink));
    const bool taken = inbox_->post([link = link_, &method, request = copy_of(request), stream, guard] {
        if (stream->dropped) return;
        if (link->service == nullptr) return guard.ended(stopping());
        stream->inner = link->service->subscribe_as(local_administrator(), method, *request, guard);
    });
    if (!taken) guard.ended(stopping());
    return std::make_unique<FarSubscription>(inbox_, std::move(stream));
}

}  // namespace signalbox::control
