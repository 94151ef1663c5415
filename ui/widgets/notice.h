// One inline line with a tone: an error with "Retry", a hint with a dismiss button. Never a window.
#pragma once

#include <QFrame>
#include <QPushButton>

#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class Notice : public QFrame {
    Q_OBJECT
  public:
    // Hidden until something is said.
    explicit Notice(QWidget* parent = nullptr);
    void say(Tone tone, const QString& sentence);
    // The words of its one action; empty: none.
    void setAction(const QString& words);
    void setDismissable(bool dismissable);
    QString sentence() const { return m_text->text(); }

  Q_SIGNALS:
    void actionClicked();
    void dismissed();

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    Tone m_tone = Tone::Busy;
    ToneLabel* m_text;
    QPushButton* m_action;
    QPushButton* m_close;
};

}  // namespace signalbox::ui
