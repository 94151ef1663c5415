// An HTTP/1.1 server of one connection at a time that says, byte for byte, what the test wrote down.
#pragma once

#include <QByteArray>
#include <QList>
#include <QTcpServer>
#include <QUrl>

class QTcpSocket;

namespace signalbox::ui {

class ScriptedServer : public QObject {
    Q_OBJECT
  public:
    struct Request {
        QByteArray head;
        QByteArray body;
        [[nodiscard]] QByteArray header(const QByteArray& name) const;  // lower-case name; empty: absent
    };

    ScriptedServer();
    [[nodiscard]] QUrl url() const;
    [[nodiscard]] const QList<Request>& requests() const { return m_requests; }
    [[nodiscard]] int openConnections() const;

    // What the next request is answered with, in this order; a request beyond the list gets silence.
    // Each piece goes out after the one before was written, as a packet of its own.
    void answerWith(QList<QByteArray> pieces, bool thenClose = false);
    void closeAll();

    static QByteArray answer(int status, const QByteArray& type, const QByteArray& body);
    static QByteArray streamHead();  // of a stream that ends with its connection

  private:
    struct Answer {
        QList<QByteArray> pieces;
        bool thenClose;
    };
    void accept();
    void read(QTcpSocket* socket, QByteArray& received);
    void send(QTcpSocket* socket, const Answer& answer);

    QTcpServer m_server;
    QList<Request> m_requests;
    QList<Answer> m_answers;
};

}  // namespace signalbox::ui
