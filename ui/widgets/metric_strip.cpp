#include "ui/widgets/metric_strip.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "ui/widgets/spark.h"

namespace signalbox::ui {

namespace {

constexpr int stripHeight = 64;
constexpr int margin = 12;
constexpr int titlePixels = 11;
constexpr int valuePixels = 22;
constexpr qreal staleOpacity = 0.6;

}  // namespace

MetricStrip::MetricStrip(QWidget* parent) : QWidget(parent) {
    setFixedHeight(stripHeight);
    setAccessibleName(tr("Key figures"));
}

void MetricStrip::setMetrics(std::vector<Metric> metrics) {
    if (metrics == m_metrics) return;
    m_metrics = std::move(metrics);
    QStringList sentences;
    for (const auto& metric : m_metrics) sentences << tr("%1: %2").arg(metric.title, metric.value);
    setAccessibleDescription(sentences.join(QStringLiteral(". ")));
    update();
}

void MetricStrip::setStale(bool stale) {
    if (stale == m_stale) return;
    m_stale = stale;
    update();
}

QSize MetricStrip::sizeHint() const {
    return {900, stripHeight};
}
QSize MetricStrip::minimumSizeHint() const {
    return {540, stripHeight};
}

QRect MetricStrip::segment(int at) const {
    const int count = std::max(1, static_cast<int>(m_metrics.size()));
    const int left = width() * at / count;
    const QRect box(left, 0, width() * (at + 1) / count - left, stripHeight);
    return isRightToLeft() ? QRect(width() - box.right() - 1, 0, box.width(), stripHeight) : box;
}

void MetricStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const auto surface = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(hairline(palette()));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(surface, 6, 6);
    for (int at = 0; at < static_cast<int>(m_metrics.size()); ++at) {
        const auto box = segment(at);
        painter.setOpacity(1);
        painter.setPen(hairline(palette()));
        if (box.left() > 0) painter.drawLine(box.left(), 10, box.left(), stripHeight - 10);
        if (m_stale) painter.setOpacity(staleOpacity);
        paintSegment(painter, box.adjusted(margin, 8, -margin, -8), m_metrics[static_cast<std::size_t>(at)]);
    }
}

void MetricStrip::paintSegment(QPainter& painter, const QRect& box, const Metric& metric) const {
    auto small = font();
    small.setPixelSize(titlePixels);
    painter.setFont(small);
    painter.setPen(toneText(Tone::Muted, palette()));
    painter.drawText(box, Qt::AlignTop | Qt::AlignLeading, metric.title);
    auto large = font();
    large.setPixelSize(valuePixels);
    const QFontMetrics largeMetrics(large);
    painter.setFont(large);
    painter.setPen(toneText(metric.tone, palette()));
    painter.drawText(box, Qt::AlignBottom | Qt::AlignLeading, metric.value);
    int used = largeMetrics.horizontalAdvance(metric.value) + 8;
    if (!metric.change.isEmpty()) {
        painter.setFont(small);
        painter.setPen(toneText(metric.changeTone, palette()));
        painter.drawText(box.adjusted(used, 0, 0, -3), Qt::AlignBottom | Qt::AlignLeading, metric.change);
        used += QFontMetrics(small).horizontalAdvance(metric.change) + 8;
    }
    const QRectF rest(box.left() + used, box.bottom() - 24, box.width() - used, 22);
    if (rest.width() > 30) paintSpark(painter, rest, metric.spark, palette());
}

bool MetricStrip::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        for (int at = 0; at < static_cast<int>(m_metrics.size()); ++at) {
            if (!segment(at).contains(help->pos())) continue;
            QToolTip::showText(help->globalPos(), m_metrics[static_cast<std::size_t>(at)].tip, this, segment(at));
            return true;
        }
    }
    return QWidget::event(event);
}

}  // namespace signalbox::ui
