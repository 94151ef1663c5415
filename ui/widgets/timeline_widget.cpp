#include "ui/widgets/timeline_widget.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

#include "ui/theme/format.h"
#include "ui/theme/tone.h"

namespace signalbox::ui {

namespace {

constexpr int rowHeight = 24;
constexpr int barHeight = 12;
constexpr int axisHeight = 20;
constexpr int labelWidth = 200;
constexpr int noteWidth = 270;
constexpr int gap = 8;
constexpr int tickEvery = 90;  // px, at least

// The next of 1, 2, 5, 10, 20, 50… that is not smaller.
qint64 niceStep(double us) {
    const double power = std::pow(10, std::floor(std::log10(std::max(1.0, us))));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (power * factor >= us) return std::llround(power * factor);
    }
    return std::llround(power * 10);
}

QString inWords(const TimelineSpan& span) {
    return TimelineWidget::tr("%1: %2, from %3")
        .arg(span.name, format::latency(span.toUs - span.fromUs), format::latency(span.fromUs));
}

}  // namespace

TimelineWidget::TimelineWidget(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Timeline"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMouseTracking(true);
}

void TimelineWidget::setTimeline(Timeline timeline) {
    m_timeline = std::move(timeline);
    QStringList sentences;
    for (const TimelineRow& row : m_timeline.rows) {
        for (const TimelineSpan& span : row.spans) sentences << tr("%1, %2").arg(row.label, inWords(span));
        if (!row.note.isEmpty()) sentences << row.note;
    }
    setAccessibleDescription(sentences.join(QStringLiteral(". ")));
    updateGeometry();
    update();
}

QSize TimelineWidget::sizeHint() const {
    return {700, axisHeight + static_cast<int>(m_timeline.rows.size()) * rowHeight + gap};
}

QSize TimelineWidget::minimumSizeHint() const {
    return {labelWidth + noteWidth + 160, sizeHint().height()};
}

QRect TimelineWidget::track(int row) const {
    const int left = labelWidth + gap;
    return {left, axisHeight + row * rowHeight, std::max(1, width() - left - noteWidth - 2 * gap), rowHeight};
}

int TimelineWidget::xOf(qint64 us) const {
    const QRect box = track(0);
    const double share = static_cast<double>(us) / static_cast<double>(std::max<qint64>(1, m_timeline.totalUs));
    return box.left() + static_cast<int>(std::lround(share * box.width()));
}

void TimelineWidget::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    paintAxis(painter);
    for (int row = 0; row < static_cast<int>(m_timeline.rows.size()); ++row) paintRow(painter, row);
}

void TimelineWidget::paintAxis(QPainter& painter) const {
    const int ticks = std::max(1, track(0).width() / tickEvery);
    const qint64 step = niceStep(static_cast<double>(m_timeline.totalUs) / ticks);
    const int bottom = axisHeight + static_cast<int>(m_timeline.rows.size()) * rowHeight;
    for (qint64 us = 0; us <= m_timeline.totalUs; us += step) {
        const int x = xOf(us);
        painter.setPen(hairline(palette()));
        painter.drawLine(x, axisHeight - 4, x, bottom);
        painter.setPen(toneText(Tone::Muted, palette()));
        painter.drawText(QRect(x + 3, 0, tickEvery, axisHeight), Qt::AlignLeft | Qt::AlignVCenter, format::latency(us));
    }
}

void TimelineWidget::paintRow(QPainter& painter, int row) const {
    const TimelineRow& shown = m_timeline.rows[static_cast<std::size_t>(row)];
    const QRect box = track(row);
    const QRect label(0, box.top(), labelWidth, rowHeight);
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(shown.label, Qt::ElideMiddle, labelWidth));
    for (const TimelineSpan& span : shown.spans) {
        const int left = xOf(span.fromUs);
        const int wide = std::max(2, xOf(span.toUs) - left);  // the shortest is still seen
        paintSpan(painter, QRect(left, box.center().y() - barHeight / 2, wide, barHeight), span);
    }
    if (shown.spans.empty() && shown.note.isEmpty()) return;
    const qint64 end = shown.spans.empty() ? 0 : shown.spans.back().toUs;
    const QString took = shown.spans.empty() ? QString() : format::latency(end - shown.spans.front().fromUs);
    const QRect note(box.right() + gap, box.top(), noteWidth, rowHeight);
    painter.setPen(palette().color(QPalette::Text));
    const QString words = shown.note.isEmpty() ? took : took + QStringLiteral("  ") + shown.note;
    painter.drawText(note, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(words, Qt::ElideRight, noteWidth));
}

void TimelineWidget::paintSpan(QPainter& painter, const QRect& box, const TimelineSpan& span) const {
    const QColor fill = toneFill(span.tone, palette());
    painter.fillRect(box, span.hatched ? QBrush(toneWash(span.tone, palette())) : QBrush(fill));
    if (span.hatched) painter.fillRect(box, QBrush(fill, Qt::BDiagPattern));
    painter.setPen(fill);
    painter.drawRect(box.adjusted(0, 0, -1, -1));
}

const TimelineSpan* TimelineWidget::spanAt(const QPoint& at) const {
    const int row = (at.y() - axisHeight) / rowHeight;
    if (at.y() < axisHeight || row >= static_cast<int>(m_timeline.rows.size())) return nullptr;
    for (const TimelineSpan& span : m_timeline.rows[static_cast<std::size_t>(row)].spans) {
        if (at.x() >= xOf(span.fromUs) && at.x() <= std::max(xOf(span.toUs), xOf(span.fromUs) + 2)) return &span;
    }
    return nullptr;
}

bool TimelineWidget::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const TimelineSpan* span = spanAt(help->pos());
    if (span) {
        QToolTip::showText(help->globalPos(), inWords(*span), this);
    } else {
        QToolTip::hideText();
    }
    return true;
}

}  // namespace signalbox::ui
