#include "ui/gateways/remote_exchange.h"

#include <utility>

#include "ui/gateways/connect_error.h"

namespace signalbox::ui {
namespace {

api::Failure malformed(const char* what) {
    return {ErrorCode::upstream_malformed, what};
}

api::AnyMessage parse(const api::MethodInfo& method, const QByteArray& bytes) {
    api::AnyMessage message = method.new_response();
    return message->ParseFromArray(bytes.constData(), static_cast<int>(bytes.size())) ? std::move(message) : nullptr;
}

}  // namespace

RemoteExchange::RemoteExchange(QNetworkReply* http, const api::MethodInfo& method, qsizetype maxMessage,
                               QObject* parent)
    : QObject(parent), m_http(http), m_method(method), m_maxMessage(maxMessage) {
    m_http->setParent(this);
    // Queued, so that a callback may destroy the gateway while Qt is not inside the reply.
    connect(m_http, &QNetworkReply::readyRead, this, [this] { read(); }, Qt::QueuedConnection);
    connect(m_http, &QNetworkReply::finished, this, [this] { finish(); }, Qt::QueuedConnection);
}

bool RemoteExchange::end() {
    if (m_ended) return false;
    m_ended = true;
    delete std::exchange(m_http, nullptr);  // which closes the connection of an answer that is not over
    deleteLater();
    return true;
}

void RemoteExchange::fail(api::Failure failure) {
    if (end()) deliver(std::move(failure));
}

int RemoteExchange::httpStatus() const {
    return m_http->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
}

bool RemoteExchange::answeredWith(const QByteArray& contentType) const {
    const QByteArray type = m_http->header(QNetworkRequest::ContentTypeHeader).toByteArray();
    return httpStatus() == 200 && type.split(';').front().trimmed().toLower() == contentType;
}

api::Failure RemoteExchange::transportFailure() const {
    const QString where = m_http->url().authority();
    return failureOfTransport(m_http->error(), QStringLiteral("%1: %2").arg(where, m_http->errorString()));
}

api::Failure RemoteExchange::failure(const QByteArray& body) const {
    const int status = httpStatus();
    if (status == 0) return transportFailure();
    if (status == 200) return malformed("the peer does not speak the control protocol");
    return failureOfAnswer(status, body);
}

RemoteCall::RemoteCall(QNetworkReply* http, const api::MethodInfo& method, qsizetype maxMessage,
                       std::chrono::milliseconds timeout, api::AnyReply reply, QObject* parent)
    : RemoteExchange(http, method, maxMessage, parent), m_reply(std::move(reply)) {
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this,
            [this] { fail({ErrorCode::io_timeout, "the gateway did not answer in time"}); });
    m_timeout.start(timeout);
}

void RemoteCall::read() {
    if (ended()) return;
    m_body += m_http->readAll();
    if (m_body.size() > m_maxMessage) fail(malformed("the answer is too large"));
}

void RemoteCall::finish() {
    read();
    if (ended()) return;
    if (!answeredWith("application/proto")) return fail(failure(m_body));
    if (m_http->error() != QNetworkReply::NoError) {
        return fail(transportFailure());
    }
    api::AnyMessage message = parse(m_method, m_body);
    if (!message) return fail(malformed("the answer is not the message it should be"));
    if (!end()) return;
    std::exchange(m_reply, {})(std::move(message));
}

void RemoteCall::deliver(api::Failure failure) {
    std::exchange(m_reply, {})(std::unexpected(std::move(failure)));
}

RemoteStream::RemoteStream(QNetworkReply* http, const api::MethodInfo& method, qsizetype maxMessage, api::AnySink sink,
                           QObject* parent)
    : RemoteExchange(http, method, maxMessage, parent),
      m_sink(std::make_shared<const api::AnySink>(std::move(sink))),
      m_reader(maxMessage) {}

void RemoteStream::drop() {
    (void)end();
}

void RemoteStream::read() {
    if (ended()) return;
    const QByteArray bytes = m_http->readAll();
    if (!answeredWith("application/connect+proto")) {
        m_errorBody += bytes;
        if (m_errorBody.size() > m_maxMessage) fail(malformed("the answer is too large"));
        return;
    }
    m_reader.feed(bytes);
    const QPointer<RemoteStream> alive(this);  // a sink may destroy the gateway, and this with it
    while (const auto envelope = m_reader.next()) {
        take(*envelope);
        if (!alive || ended()) return;
    }
    if (m_reader.tooLarge()) fail(malformed("a message of the stream is too large"));
}

void RemoteStream::take(const Envelope& envelope) {
    if (envelope.flags == Envelope::endOfStream) {
        const auto failure = failureOfStreamEnd(envelope.payload);
        return fail(failure.value_or(api::Failure{ErrorCode::io_closed, "the gateway ended the stream"}));
    }
    const api::AnyMessage message = envelope.flags == 0 ? parse(m_method, envelope.payload) : nullptr;
    if (!message) return fail(malformed("a message of the stream is not what it should be"));
    const auto sink = m_sink;
    sink->next(*message);
}

void RemoteStream::finish() {
    const QPointer<RemoteStream> alive(this);
    read();
    if (!alive || ended()) return;
    if (!answeredWith("application/connect+proto")) return fail(failure(m_errorBody));
    fail({ErrorCode::io_closed, "the connection to the gateway was lost"});
}

void RemoteStream::deliver(api::Failure failure) {
    const auto sink = m_sink;
    sink->ended(std::move(failure));
}

}  // namespace signalbox::ui
