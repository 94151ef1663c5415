#include "ui/theme/style.h"

#include <QPainter>
#include <QStyleOption>

#include "ui/theme/tone.h"

namespace signalbox::ui {

namespace {

constexpr qreal radius = 4;

QColor mix(const QColor& over, const QColor& under, qreal share) {
    const auto part = [share](int a, int b) { return static_cast<int>(a * share + b * (1 - share)); };
    return QColor(part(over.red(), under.red()), part(over.green(), under.green()), part(over.blue(), under.blue()));
}

void drawButton(const QStyleOptionButton& option, QPainter& painter) {
    const auto& palette = option.palette;
    const bool enabled = option.state & QStyle::State_Enabled;
    const bool primary = enabled && (option.features & QStyleOptionButton::DefaultButton);
    const bool chosen = option.state & QStyle::State_On;
    const bool down = option.state & QStyle::State_Sunken;
    const bool hover = enabled && (option.state & QStyle::State_MouseOver);
    const auto accent = palette.color(QPalette::Highlight);
    auto fill = primary ? accent : palette.color(QPalette::Button);
    if (chosen) fill = mix(accent, fill, 0.22);
    if (down)
        fill = mix(palette.color(QPalette::Text), fill, 0.16);
    else if (hover)
        fill = mix(palette.color(QPalette::Text), fill, 0.07);
    const bool flat = option.features & QStyleOptionButton::Flat;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const auto box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5);
    if (!flat || hover || down || chosen) {
        const auto border =
            primary || chosen ? accent : mix(palette.color(QPalette::Text), palette.color(QPalette::Window), 0.3);
        painter.setPen(flat && !chosen ? QPen(Qt::NoPen) : QPen(border, 1));
        painter.setBrush(fill);
        painter.drawRoundedRect(box, radius, radius);
    }
    if (option.state & QStyle::State_HasFocus) {
        painter.setPen(QPen(primary ? palette.color(QPalette::Text) : accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    }
    painter.restore();
}

// Fusion derives the frame from the window's colour, which cannot be seen on a dark one.
void drawField(const QStyleOption& option, QPainter& painter) {
    const auto& palette = option.palette;
    const bool focus = option.state & QStyle::State_HasFocus;
    const auto border = focus ? palette.color(QPalette::Highlight)
                              : mix(palette.color(QPalette::Text), palette.color(QPalette::Base), 0.4);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(border, focus ? 2 : 1));
    painter.setBrush(Qt::NoBrush);
    const qreal inset = focus ? 1 : 0.5;
    painter.drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), radius, radius);
    painter.restore();
}

void drawRadio(const QStyleOption& option, QPainter& painter) {
    const auto& palette = option.palette;
    const bool chosen = option.state & QStyle::State_On;
    const auto accent = palette.color(QPalette::Highlight);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(chosen ? accent : toneFill(Tone::Plain, palette), 1.5));
    painter.setBrush(palette.color(QPalette::Base));
    const auto disc = QRectF(option.rect).adjusted(1, 1, -1, -1);
    painter.drawEllipse(disc);
    if (chosen) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(accent);
        painter.drawEllipse(disc.adjusted(3, 3, -3, -3));
    }
    painter.restore();
}

}  // namespace

Style::Style() : QProxyStyle(QStringLiteral("Fusion")) {}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const {
    if (element == PE_PanelButtonCommand) {
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            return drawButton(*button, *painter);
        }
    }
    // Rows of tables are washed by their delegate; a solid highlight would drown the tones of its cells.
    if (element == PE_PanelItemViewRow) return;
    if (element == PE_IndicatorRadioButton) return drawRadio(*option, *painter);
    if (element == PE_FrameLineEdit) return drawField(*option, *painter);
    if (element == PE_FrameFocusRect) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(option->palette.color(QPalette::Highlight), 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1), radius - 1, radius - 1);
        return painter->restore();
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void Style::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                        const QWidget* widget) const {
    if (element == CE_HeaderSection) {
        painter->fillRect(option->rect, option->palette.color(QPalette::Window));
        painter->setPen(hairline(option->palette));
        painter->drawLine(option->rect.bottomLeft(), option->rect.bottomRight());
        return;
    }
    if (element == CE_HeaderLabel) {
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            QStyleOptionHeader label = *header;  // a heading starts where the text of its cells starts
            label.rect.adjust(2, 0, -2, 0);
            return QProxyStyle::drawControl(element, &label, painter, widget);
        }
    }
    if (element == CE_PushButtonLabel) {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        if (button && (button->features & QStyleOptionButton::DefaultButton) && (button->state & State_Enabled)) {
            QStyleOptionButton primary = *button;
            primary.palette.setColor(QPalette::ButtonText, option->palette.color(QPalette::HighlightedText));
            return QProxyStyle::drawControl(element, &primary, painter, widget);
        }
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                               const QWidget* widget) const {
    QProxyStyle::drawComplexControl(control, option, painter, widget);
    if (control == CC_SpinBox) drawField(*option, *painter);
}

// Room beside the words, not above them.
QSize Style::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                              const QWidget* widget) const {
    const auto fits = QProxyStyle::sizeFromContents(type, option, size, widget);
    return type == CT_PushButton ? fits + QSize(12, 0) : fits;
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
        case PM_ButtonShiftHorizontal:
        case PM_ButtonShiftVertical:
            return 0;
        case PM_HeaderMargin:
            return 4;
        default:
            return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

}  // namespace signalbox::ui
