#include "ui/gateways/remote_gateway.h"

#include <QPointer>

#include "ui/gateways/connect_envelope.h"
#include "ui/gateways/network.h"
#include "ui/gateways/remote_exchange.h"

namespace signalbox::ui {
namespace {

class RemoteSubscription : public api::Subscription {
  public:
    explicit RemoteSubscription(RemoteStream* stream) : m_stream(stream) {}
    ~RemoteSubscription() override {
        if (m_stream) m_stream->drop();
    }

  private:
    QPointer<RemoteStream> m_stream;
};

QByteArray serialized(const google::protobuf::Message& message) {
    return QByteArray::fromStdString(message.SerializeAsString());
}

QUrl withoutTrailingSlash(QUrl url) {
    QString path = url.path();
    while (path.endsWith(u'/')) path.chop(1);
    url.setPath(path);
    return url;
}

}  // namespace

RemoteGateway::RemoteGateway(RemoteGatewayOptions options, QObject* parent)
    : QObject(parent), m_options(std::move(options)) {
    m_options.base = withoutTrailingSlash(m_options.base);
    setUpManager(m_calls);
    setUpManager(m_streams);
}

RemoteGateway::~RemoteGateway() {
    // A reply may start another call, which then joins the list.
    while (auto* exchange = findChild<RemoteExchange*>(QString(), Qt::FindDirectChildrenOnly)) {
        exchange->setParent(nullptr);
        exchange->fail({ErrorCode::unavailable, "the connection was closed"});
        delete exchange;
    }
}

void RemoteGateway::call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                             api::AnyReply reply) {
    auto* http = m_calls.post(this->request(method, "application/proto"), serialized(request));
    new RemoteCall(http, method, m_options.maxMessage, m_options.unaryTimeout, std::move(reply), this);
}

std::unique_ptr<api::Subscription> RemoteGateway::subscribe_any(const api::MethodInfo& method,
                                                                const google::protobuf::Message& request,
                                                                api::AnySink sink) {
    auto* http =
        m_streams.post(this->request(method, "application/connect+proto"), encodeEnvelope(0, serialized(request)));
    auto* stream = new RemoteStream(http, method, m_options.maxMessage, std::move(sink), this);
    return std::make_unique<RemoteSubscription>(stream);
}

QNetworkRequest RemoteGateway::request(const api::MethodInfo& method, const QByteArray& contentType) const {
    QUrl url = m_options.base;
    const QString name = QString::fromLatin1(method.name.data(), static_cast<qsizetype>(method.name.size()));
    url.setPath(url.path() + QStringLiteral("/signalbox.v1.ControlService/") + name);
    QNetworkRequest request(url);
    request.setHeader(QNetworkRequest::ContentTypeHeader, contentType);
    request.setRawHeader("connect-protocol-version", "1");
    request.setRawHeader("accept-encoding", "identity");
    if (!m_options.token.isEmpty()) request.setRawHeader("authorization", "Bearer " + m_options.token);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    return request;
}

}  // namespace signalbox::ui
