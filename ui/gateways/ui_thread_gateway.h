// Brings an in-process gateway, which answers on a thread of its own, to the thread of its user.
#pragma once

#include <memory>

#include "engine/api/gateway.h"

namespace signalbox::ui {

// Used and destroyed on the thread that made it, which is also the delivery thread and must run an event loop. The
// inner gateway may deliver on any thread. Messages are copied and queued one by one: coalescing is the Source's.
//
// Destroying it answers everything under way with `unavailable`; what the inner gateway still delivers is dropped.
class UiThreadGateway : public api::Gateway {
  public:
    explicit UiThreadGateway(std::shared_ptr<api::Gateway> inner);
    ~UiThreadGateway() override;

    void call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                  api::AnyReply reply) override;
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo& method,
                                                     const google::protobuf::Message& request,
                                                     api::AnySink sink) override;

  private:
    class Desk;
    std::shared_ptr<api::Gateway> m_inner;
    std::shared_ptr<Desk> m_desk;
};

}  // namespace signalbox::ui
