// What the console, the command line and the tests see of a gateway, near or far: the control API as one interface.
// Requests and answers are the generated messages of the .proto files; there are no parallel structs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/api/methods.h"
#include "engine/base/result.h"

namespace signalbox::api {

// An error answer: the engine's closed code and a sentence for people.
struct Failure {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    std::int64_t conflict_id = 0;  // for ErrorCode::conflict: the override in the way
};
template <class T>
using Answer = std::expected<T, Failure>;

using AnyMessage = std::unique_ptr<google::protobuf::Message>;
using AnyReply = std::function<void(Answer<AnyMessage>)>;

// Takes the messages of one server stream. All calls come in order and on the gateway's delivery thread.
struct AnySink {
    std::function<void(const google::protobuf::Message&)> next;
    std::function<void(Failure)> ended;  // once; a stream that the subscriber dropped does not call it
};

// Dropping it ends the stream; no call of the sink begins afterwards on the thread that dropped it.
class Subscription {
  public:
    virtual ~Subscription() = default;
};

// Never blocks. The implementation says on which thread replies and sinks are called (its delivery thread); a reply is
// called exactly once, also when the gateway is closed first (unavailable).
class Gateway {
  public:
    virtual ~Gateway() = default;
    virtual void call_any(const MethodInfo& method, const google::protobuf::Message& request, AnyReply reply) = 0;
    virtual std::unique_ptr<Subscription> subscribe_any(const MethodInfo& method,
                                                        const google::protobuf::Message& request, AnySink sink) = 0;

    template <class Request>
    void call(const Request& request, std::function<void(Answer<ResponseOf<Request>>)> reply) {
        using Response = ResponseOf<Request>;
        call_any(method_of<Request>(), request, [reply = std::move(reply)](Answer<AnyMessage> any) {
            if (!any) return reply(std::unexpected(std::move(any.error())));
            reply(std::move(static_cast<Response&>(**any)));
        });
    }
};

}  // namespace signalbox::api
