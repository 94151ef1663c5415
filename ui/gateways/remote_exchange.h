// One call and one stream of the RemoteGateway, each from its first byte to its only end. Children of the gateway; they
// delete themselves through the event loop once they have ended.
#pragma once

#include <QNetworkReply>
#include <QPointer>
#include <QTimer>

#include "engine/api/gateway.h"
#include "ui/gateways/connect_envelope.h"

namespace signalbox::ui {

// What both share: they own the reply, look at it from the event loop only, and end once.
class RemoteExchange : public QObject {
    Q_OBJECT
  public:
    // Ends with this failure; nothing when it has ended. The last use of `this` by the caller.
    void fail(api::Failure failure);

  protected:
    RemoteExchange(QNetworkReply* http, const api::MethodInfo& method, qsizetype maxMessage, QObject* parent);

    virtual void read() = 0;                         // bytes arrived
    virtual void finish() = 0;                       // no more will
    virtual void deliver(api::Failure failure) = 0;  // tells the caller; may destroy this

    // True once; whoever gets it tells the caller.
    [[nodiscard]] bool end();
    [[nodiscard]] bool ended() const { return m_ended; }
    [[nodiscard]] int httpStatus() const;  // 0: no answer
    [[nodiscard]] bool answeredWith(const QByteArray& contentType) const;
    [[nodiscard]] api::Failure transportFailure() const;
    // Of an exchange that is over without an answer we can use.
    [[nodiscard]] api::Failure failure(const QByteArray& body) const;

    QNetworkReply* m_http;  // gone once ended
    const api::MethodInfo& m_method;
    qsizetype m_maxMessage;

  private:
    bool m_ended = false;
};

class RemoteCall : public RemoteExchange {
    Q_OBJECT
  public:
    RemoteCall(QNetworkReply* http, const api::MethodInfo& method, qsizetype maxMessage,
               std::chrono::milliseconds timeout, api::AnyReply reply, QObject* parent);

  private:
    void read() override;
    void finish() override;
    void deliver(api::Failure failure) override;

    api::AnyReply m_reply;
    QByteArray m_body;
    QTimer m_timeout;
};

class RemoteStream : public RemoteExchange {
    Q_OBJECT
  public:
    RemoteStream(QNetworkReply* http, const api::MethodInfo& method, qsizetype maxMessage, api::AnySink sink,
                 QObject* parent);

    void drop();  // by the subscriber: ends without a word

  private:
    void read() override;
    void finish() override;
    void deliver(api::Failure failure) override;
    void take(const Envelope& envelope);

    std::shared_ptr<const api::AnySink> m_sink;  // shared, so that it outlives a call that destroys this
    EnvelopeReader m_reader;
    QByteArray m_errorBody;  // of an answer that is no stream
};

}  // namespace signalbox::ui
