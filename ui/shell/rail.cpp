#include "ui/shell/rail.h"

#include <QPainter>

#include "ui/theme/theme.h"

namespace signalbox::ui {

namespace {

constexpr int railWidth = 76;
constexpr int buttonHeight = 56;
constexpr int iconPixels = 20;
constexpr int wordPixels = 11;
constexpr int markWidth = 3;

}  // namespace

RailButton::RailButton(QAction* action, QWidget* parent) : QToolButton(parent) {
    setDefaultAction(action);
    setAccessibleName(action->text());
    setFixedSize(railWidth, buttonHeight);
    setFocusPolicy(Qt::StrongFocus);
    auto small = font();
    small.setPixelSize(wordPixels);
    setFont(small);
}

void RailButton::setBadge(int count, Tone tone, const QString& spoken) {
    if (count == m_badge && tone == m_badgeTone) return;
    m_badgeTone = tone;
    m_badge = count;
    setAccessibleName(count == 0 ? text() : tr("%1, %2").arg(text(), spoken));
    update();
}

void RailButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const auto accent = palette().color(QPalette::Highlight);
    if (isChecked()) {
        painter.fillRect(rect(), toneWash(Tone::Busy, palette()));
        painter.fillRect(isRightToLeft() ? width() - markWidth : 0, 0, markWidth, height(), accent);
    } else if (underMouse()) {
        painter.fillRect(rect(), toneWash(Tone::Muted, palette()));
    }
    const QRect iconBox((width() - iconPixels) / 2, 9, iconPixels, iconPixels);
    icon().paint(&painter, iconBox);
    painter.setPen(palette().color(QPalette::ButtonText));
    painter.drawText(QRect(0, iconBox.bottom() + 5, width(), 18), Qt::AlignCenter, text());
    if (hasFocus()) {
        painter.setPen(QPen(accent, 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
    if (m_badge == 0) return;
    const auto words = m_badge > 99 ? QStringLiteral("99+") : QString::number(m_badge);
    const int wide = std::max(16, fontMetrics().horizontalAdvance(words) + 8);
    const QRect disc(iconBox.right() - 2, iconBox.top() - 6, wide, 16);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    // White digits need the dark tones of the light palette, in both themes.
    painter.setBrush(toneText(m_badgeTone, lightPalette()));
    painter.drawRoundedRect(disc, 8, 8);
    painter.setPen(Qt::white);
    painter.drawText(disc, Qt::AlignCenter, words);
}

Rail::Rail(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
    setFixedWidth(railWidth);
    setAccessibleName(tr("Pages"));
    m_column->setContentsMargins(0, 8, 0, 8);
    m_column->setSpacing(2);
    m_column->addStretch();
}

RailButton* Rail::addPage(QAction* action) {
    auto* button = new RailButton(action, this);
    m_column->insertWidget(m_column->count() - 1, button);
    return button;
}

QWidget* Rail::focusTarget() const {
    for (auto* button : findChildren<RailButton*>()) {
        if (button->isChecked()) return button;
    }
    return nullptr;
}

}  // namespace signalbox::ui
