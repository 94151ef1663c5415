#include "ui/widgets/state_badge.h"

#include <QApplication>
#include <QEvent>

namespace signalbox::ui {

ToneLabel::ToneLabel(Tone tone, QWidget* parent) : QLabel(parent), m_tone(tone) {
    setTextFormat(Qt::PlainText);
    setForegroundRole(QPalette::WindowText);  // else a Base background would choose Text, which is not ours
    applyTone();
}

void ToneLabel::setTone(Tone tone) {
    if (tone == m_tone) return;
    m_tone = tone;
    applyTone();
}

// Only the text's colour is ours; asking the application's palette keeps our own change from answering itself.
void ToneLabel::applyTone() {
    auto own = palette();
    const auto color = toneText(m_tone, QApplication::palette());
    if (own.color(QPalette::WindowText) == color) return;
    own.setColor(QPalette::WindowText, color);
    setPalette(own);
}

void ToneLabel::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applyTone();
}

ToneLabel* mutedLabel(const QString& words, QWidget* parent) {
    auto* label = new ToneLabel(Tone::Muted, parent);
    label->setText(words);
    return label;
}

StateBadge::StateBadge(QWidget* parent) : ToneLabel(Tone::Plain, parent) {
    auto strong = font();
    strong.setWeight(QFont::DemiBold);
    setFont(strong);
}

void StateBadge::setState(State state) {
    const auto shown = look(state);
    setText(shown.text());
    setTone(shown.tone);
    setToolTip(shown.spoken);
    setAccessibleName(shown.spoken);
}

}  // namespace signalbox::ui
