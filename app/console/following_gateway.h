// One api::Gateway that stays the same while the gateway behind it is stopped, started and replaced.
#pragma once

#include <QObject>

#include <memory>

#include "ui/gateways/ui_thread_gateway.h"

namespace signalbox::console {

// The host's gateway, on the UI thread; empty while it is down.
struct CurrentGateway {
    std::unique_ptr<ui::UiThreadGateway> gateway;
};

// Answers `unavailable` while there is none. Lives on the UI thread.
class FollowingGateway : public QObject, public api::Gateway {
    Q_OBJECT
  public:
    explicit FollowingGateway(std::shared_ptr<CurrentGateway> current) : m_current(std::move(current)) {}

    void call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                  api::AnyReply reply) override;
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo& method,
                                                     const google::protobuf::Message& request,
                                                     api::AnySink sink) override;

  private:
    std::shared_ptr<CurrentGateway> m_current;
};

}  // namespace signalbox::console
