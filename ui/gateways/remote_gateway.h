// A gateway at a URL: the control API over the Connect protocol, HTTP/1.1, Qt Network.
#pragma once

#include <QByteArray>
#include <QNetworkAccessManager>
#include <QUrl>
#include <chrono>

#include "engine/api/gateway.h"

namespace signalbox::ui {

struct RemoteGatewayOptions {
    QUrl base;         // http://127.0.0.1:8081; a path in it is kept as a prefix
    QByteArray token;  // bearer token; empty: none is sent
    std::chrono::milliseconds unaryTimeout = std::chrono::seconds(10);  // from the call to the last byte
    qsizetype maxMessage = 16 * 1024 * 1024;                            // bytes of one answer or stream message
};

// Used on the thread that made it, which is also the delivery thread and must run an event loop. Replies never come
// from inside call_any(), except once the gateway is being destroyed. Destroying it answers everything under way with
// `unavailable`; it may happen inside a reply or a sink.
//
// Errors: what the gateway answered, or failureOfTransport's codes when it did not; upstream_malformed when what
// answers does not speak the protocol. Redirects are not followed: the token stays with the host it was given for.
class RemoteGateway : public QObject, public api::Gateway {
    Q_OBJECT
  public:
    explicit RemoteGateway(RemoteGatewayOptions options, QObject* parent = nullptr);
    ~RemoteGateway() override;

    void call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                  api::AnyReply reply) override;
    // No timeout of its own: ended when the connection is.
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo& method,
                                                     const google::protobuf::Message& request,
                                                     api::AnySink sink) override;

  private:
    [[nodiscard]] QNetworkRequest request(const api::MethodInfo& method, const QByteArray& contentType) const;

    RemoteGatewayOptions m_options;
    // Two, because a manager opens at most six connections to a host and a stream keeps one.
    QNetworkAccessManager m_calls;
    QNetworkAccessManager m_streams;
};

}  // namespace signalbox::ui
