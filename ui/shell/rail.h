// The pages, top to bottom, icon and word.
#pragma once

#include <QToolButton>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/theme/tone.h"

namespace signalbox::ui {

class RailButton : public QToolButton {
    Q_OBJECT
  public:
    RailButton(QAction* action, QWidget* parent);
    // A number in a disc: things that want attention; 0 hides it. `spoken`: the number with its word, "3 open".
    void setBadge(int count, Tone tone, const QString& spoken);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    int m_badge = 0;
    Tone m_badgeTone = Tone::Critical;
};

class Rail : public QWidget {
    Q_OBJECT
  public:
    explicit Rail(QWidget* parent = nullptr);
    RailButton* addPage(QAction* action);
    // The button of the page on screen, for F6.
    QWidget* focusTarget() const;

  private:
    QVBoxLayout* m_column;
};

}  // namespace signalbox::ui
