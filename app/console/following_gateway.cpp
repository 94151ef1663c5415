#include "app/console/following_gateway.h"

#include <QTimer>

namespace signalbox::console {

namespace {

api::Failure down() {
    return {ErrorCode::unavailable, "The gateway inside the console is not running", 0};
}

struct Nothing : api::Subscription {
    QObject life;  // dropping the subscription drops the call
};

}  // namespace

void FollowingGateway::call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                                api::AnyReply reply) {
    if (m_current->gateway) return m_current->gateway->call_any(method, request, std::move(reply));
    QTimer::singleShot(0, this, [reply = std::move(reply)] { reply(std::unexpected(down())); });
}

std::unique_ptr<api::Subscription> FollowingGateway::subscribe_any(const api::MethodInfo& method,
                                                                   const google::protobuf::Message& request,
                                                                   api::AnySink sink) {
    if (m_current->gateway) return m_current->gateway->subscribe_any(method, request, std::move(sink));
    auto subscription = std::make_unique<Nothing>();
    QTimer::singleShot(0, &subscription->life, [ended = std::move(sink.ended)] { ended(down()); });
    return subscription;
}

}  // namespace signalbox::console
