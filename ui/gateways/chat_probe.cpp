#include "ui/gateways/chat_probe.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>

#include "ui/gateways/network.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

QByteArray bodyOf(const ChatQuestion& question) {
    const QJsonObject message{{u"role"_s, u"user"_s}, {u"content"_s, question.prompt}};
    const QJsonObject body{{u"model"_s, question.model}, {u"messages"_s, QJsonArray{message}}, {u"stream"_s, true}};
    return QJsonDocument(body).toJson(QJsonDocument::Compact);
}

// {"error":{"message":…,"code":…}} in words; empty: it is something else.
QString errorIn(const QJsonObject& object) {
    const QJsonObject error = object[u"error"].toObject();
    if (error.isEmpty()) return {};
    const QString code = error[u"code"].toString();
    const QString message = error[u"message"].toString();
    return code.isEmpty() ? message : u"%1: %2"_s.arg(code, message);
}

}  // namespace

ChatProbe::ChatProbe(QObject* parent) : QObject(parent) {
    setUpManager(m_manager);
}

void ChatProbe::ask(const ChatQuestion& question) {
    cancel();
    QUrl url = question.dataUrl;
    url.setPath(url.path() + u"/chat/completions"_s);
    QNetworkRequest request(url);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    if (!question.key.isEmpty()) request.setRawHeader("authorization", "Bearer " + question.key);
    m_pending.clear();
    m_streamError.clear();
    m_shown = 0;
    m_clock.start();
    m_reply = m_manager.post(request, bodyOf(question));
    connect(m_reply, &QNetworkReply::readyRead, this, &ChatProbe::read);
    connect(m_reply, &QNetworkReply::finished, this, &ChatProbe::finish);
}

void ChatProbe::cancel() {
    if (!m_reply) return;
    m_reply->disconnect(this);
    m_reply->abort();
    std::exchange(m_reply, nullptr)->deleteLater();
}

void ChatProbe::read() {
    m_pending += m_reply->readAll();
    const bool streams =
        m_reply->header(QNetworkRequest::ContentTypeHeader).toString().startsWith(u"text/event-stream"_s);
    for (qsizetype end; streams && m_reply && (end = m_pending.indexOf('\n')) >= 0;) {
        const QByteArray line = m_pending.left(end);
        m_pending.remove(0, end + 1);
        readLine(line.trimmed());
    }
    if (m_reply && m_pending.size() > lineMax) finishWith(tr("the answer is not what a gateway sends"));
}

void ChatProbe::readLine(const QByteArray& line) {
    if (!line.startsWith("data:")) return;
    const QJsonObject event = QJsonDocument::fromJson(line.mid(5)).object();
    if (const QString error = errorIn(event); !error.isEmpty()) m_streamError = error;
    const QString piece = event[u"choices"][0][u"delta"][u"content"].toString();
    if (piece.isEmpty()) return;
    m_shown += piece.toUtf8().size();
    if (m_shown > answerMax) return finishWith(tr("the answer is too long to show"));
    Q_EMIT text(piece);
}

void ChatProbe::finish() {
    if (!m_reply) return;
    read();
    if (!m_reply) return;
    if (!m_streamError.isEmpty()) return finishWith(m_streamError);
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status != 0 && status != 200) return finishWith(refusal());
    finishWith(m_reply->error() == QNetworkReply::NoError ? QString() : m_reply->errorString());
}

QString ChatProbe::refusal() const {
    const QString error = errorIn(QJsonDocument::fromJson(m_pending).object());
    return error.isEmpty() ? m_reply->errorString() : error;
}

void ChatProbe::finishWith(const QString& error) {
    ChatOutcome outcome;
    outcome.status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    outcome.servedBy = QString::fromUtf8(m_reply->rawHeader("x-signalbox-deployment"));
    outcome.requestId = QString::fromUtf8(m_reply->rawHeader("x-signalbox-request-id"));
    outcome.elapsedUs = m_clock.nsecsElapsed() / 1000;
    outcome.error = error;
    cancel();
    Q_EMIT finished(outcome);
}

}  // namespace signalbox::ui
