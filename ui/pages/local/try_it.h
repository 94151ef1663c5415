// A prompt, a model and what came back: one request through the gateway, from its own console.
#pragma once

#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QWidget>

#include "ui/gateways/chat_probe.h"
#include "ui/models/source.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class TryIt : public QWidget {
    Q_OBJECT
  public:
    explicit TryIt(QWidget* parent = nullptr);

    // What can be asked and where. Keeps the model that was chosen while it exists. Nothing, least of all a key, is
    // sent to an address that means another machine over there.
    void update(const v1::SnapshotResponse& snapshot, const DataAddress& address, bool authRequired);
    QString model() const { return m_model->currentText(); }
    QWidget* focusTarget() { return m_prompt; }

  Q_SIGNALS:
    void modelChanged(const QString& model);
    void openRequest(const QString& id);

  private:
    void send();
    void showOutcome(const ChatOutcome& outcome);
    void showRunning(bool running);

    ChatProbe m_probe;
    QUrl m_dataUrl;
    QString m_requestId;
    QComboBox* m_model;
    QLineEdit* m_prompt;
    QLineEdit* m_key;
    QPushButton* m_send;
    ToneLabel* m_outcome;
    QPushButton* m_open;
    QPlainTextEdit* m_answer;
};

}  // namespace signalbox::ui
