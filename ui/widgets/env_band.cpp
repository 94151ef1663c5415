#include "ui/widgets/env_band.h"

#include <QPainter>

#include "ui/theme/tone.h"

namespace signalbox::ui {

namespace {

constexpr int bandHeight = 4;
constexpr int chipHeight = 22;

}  // namespace

QString environmentWord(Environment environment) {
    switch (environment) {
        case Environment::Demo:
            return EnvChip::tr("DEMO");
        case Environment::Remote:
            return EnvChip::tr("REMOTE");
        default:
            return EnvChip::tr("LOCAL");
    }
}

QColor environmentColor(Environment environment, const QPalette& palette) {
    const bool dark = isDark(palette);
    switch (environment) {
        case Environment::Demo:
            return QColor::fromRgb(dark ? 0xff7c4fd0 : 0xff6b3fc0);
        case Environment::Remote:
            return QColor::fromRgb(dark ? 0xff475a75 : 0xff3d4f69);
        default:
            return QColor::fromRgb(dark ? 0xff3f6468 : 0xff3d6468);
    }
}

EnvBand::EnvBand(QWidget* parent) : QWidget(parent) {
    setFixedHeight(bandHeight);
}

void EnvBand::setEnvironment(Environment environment) {
    m_environment = environment;
    update();
}

void EnvBand::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), environmentColor(m_environment, palette()));
}

EnvChip::EnvChip(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void EnvChip::setEnvironment(Environment environment, const QString& scope) {
    m_environment = environment;
    m_scope = scope;
    setAccessibleName(tr("Environment: %1").arg(words()));
    setToolTip(accessibleName());
    updateGeometry();
    update();
}

QString EnvChip::words() const {
    const auto word = environmentWord(m_environment);
    return m_scope.isEmpty() ? word : tr("%1 · %2").arg(word, m_scope);
}

QSize EnvChip::sizeHint() const {
    auto strong = font();
    strong.setWeight(QFont::DemiBold);
    return {QFontMetrics(strong).horizontalAdvance(words()) + 20, chipHeight};
}

void EnvChip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(environmentColor(m_environment, palette()));
    painter.drawRoundedRect(rect(), 4, 4);
    auto strong = font();
    strong.setWeight(QFont::DemiBold);
    painter.setFont(strong);
    painter.setPen(Qt::white);
    painter.drawText(rect(), Qt::AlignCenter, words());
}

}  // namespace signalbox::ui
