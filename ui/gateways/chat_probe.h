// One chat request to a data plane, streamed: what "Try it" sends.
#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QNetworkAccessManager>
#include <QObject>
#include <QString>
#include <QUrl>

namespace signalbox::ui {

struct ChatQuestion {
    QUrl dataUrl;  // http://127.0.0.1:8080/v1
    QString model;
    QString prompt;
    QByteArray key;  // empty: none is sent
};

struct ChatOutcome {
    int status = 0;        // HTTP; 0: no answer
    QString servedBy;      // x-signalbox-deployment; empty: unknown
    QString requestId;     // x-signalbox-request-id
    qint64 elapsedUs = 0;  // to the last byte
    QString error;         // for people; empty: it was answered
};

// UI thread; one question at a time.
class ChatProbe : public QObject {
    Q_OBJECT
  public:
    static constexpr qsizetype answerMax = 256 * 1024;  // bytes shown; the rest is cut off and said so
    static constexpr qsizetype lineMax = 1024 * 1024;   // bytes of one event

    explicit ChatProbe(QObject* parent = nullptr);

    // Replaces a question that is under way.
    void ask(const ChatQuestion& question);
    // Ends without a word.
    void cancel();
    bool isRunning() const { return m_reply != nullptr; }

  Q_SIGNALS:
    void text(const QString& piece);
    void finished(const signalbox::ui::ChatOutcome& outcome);

  private:
    void read();
    void readLine(const QByteArray& line);
    void finish();
    void finishWith(const QString& error);
    QString refusal() const;

    QNetworkAccessManager m_manager;
    QNetworkReply* m_reply = nullptr;
    QElapsedTimer m_clock;
    QByteArray m_pending;   // of an event whose line is not complete, or of an error's body
    qsizetype m_shown = 0;  // bytes of text passed on
    QString m_streamError;  // an error inside the stream
};

}  // namespace signalbox::ui
