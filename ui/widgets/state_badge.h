// A state as a label: glyph, word, tone. Also any other short text that has a tone.
#pragma once

#include <QLabel>

#include "ui/theme/state.h"

namespace signalbox::ui {

// A label whose colour is a meaning: it follows the palette.
class ToneLabel : public QLabel {
    Q_OBJECT
  public:
    explicit ToneLabel(Tone tone = Tone::Plain, QWidget* parent = nullptr);
    void setTone(Tone tone);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void applyTone();
    Tone m_tone;
};

// A quiet line of text: a heading, a unit, an explanation.
ToneLabel* mutedLabel(const QString& words, QWidget* parent);

class StateBadge : public ToneLabel {
    Q_OBJECT
  public:
    explicit StateBadge(QWidget* parent = nullptr);
    void setState(State state);
};

}  // namespace signalbox::ui
