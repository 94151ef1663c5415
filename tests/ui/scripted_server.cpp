#include "tests/ui/scripted_server.h"

#include <QTcpSocket>
#include <memory>

namespace signalbox::ui {

QByteArray ScriptedServer::Request::header(const QByteArray& name) const {
    for (const QByteArray& line : head.split('\n')) {
        const auto colon = line.indexOf(':');
        if (colon > 0 && line.left(colon).toLower() == name) return line.mid(colon + 1).trimmed();
    }
    return {};
}

ScriptedServer::ScriptedServer() {
    connect(&m_server, &QTcpServer::newConnection, this, &ScriptedServer::accept);
    m_server.listen(QHostAddress::LocalHost);
}

QUrl ScriptedServer::url() const {
    return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort()));
}

int ScriptedServer::openConnections() const {
    int open = 0;
    for (const auto* socket : m_server.findChildren<QTcpSocket*>()) {
        if (socket->state() == QAbstractSocket::ConnectedState) ++open;
    }
    return open;
}

void ScriptedServer::answerWith(QList<QByteArray> pieces, bool thenClose) {
    m_answers.append({std::move(pieces), thenClose});
}

void ScriptedServer::closeAll() {
    for (auto* socket : m_server.findChildren<QTcpSocket*>()) socket->abort();
}

QByteArray ScriptedServer::answer(int status, const QByteArray& type, const QByteArray& body) {
    return "HTTP/1.1 " + QByteArray::number(status) + " X\r\ncontent-type: " + type +
           "\r\ncontent-length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

QByteArray ScriptedServer::streamHead() {
    return "HTTP/1.1 200 OK\r\ncontent-type: application/connect+proto\r\nconnection: close\r\n\r\n";
}

void ScriptedServer::accept() {
    while (QTcpSocket* socket = m_server.nextPendingConnection()) {
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        auto received = std::make_shared<QByteArray>();
        connect(socket, &QTcpSocket::readyRead, this, [this, socket, received] { read(socket, *received); });
    }
}

void ScriptedServer::read(QTcpSocket* socket, QByteArray& received) {
    received += socket->readAll();
    const auto headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    Request request{received.left(headEnd), {}};
    const auto length = request.header("content-length").toLongLong();
    if (received.size() - headEnd - 4 < length) return;
    request.body = received.mid(headEnd + 4, length);
    received.clear();
    m_requests.append(request);
    if (!m_answers.isEmpty()) send(socket, m_answers.takeFirst());
}

void ScriptedServer::send(QTcpSocket* socket, const Answer& answer) {
    for (const QByteArray& piece : answer.pieces) {
        socket->write(piece);
        socket->flush();
    }
    if (answer.thenClose) socket->disconnectFromHost();
}

}  // namespace signalbox::ui
