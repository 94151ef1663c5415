#include "ui/widgets/spark.h"

#include <algorithm>

namespace signalbox::ui {

namespace {

constexpr double tickHeight = 3;

}  // namespace

void paintSpark(QPainter& painter, const QRectF& box, const Spark& spark, const QPalette& palette) {
    const auto points = spark.line.size();
    if (points < 2 || box.width() < 8) return;
    const double highest = std::max(1e-9, *std::max_element(spark.line.begin(), spark.line.end()));
    const double step = box.width() / static_cast<double>(points - 1);
    const double floor = box.bottom() - tickHeight - 1;
    QPolygonF line;
    line.reserve(points + 2);
    for (qsizetype at = 0; at < points; ++at) {
        const double share = std::clamp(spark.line[at] / highest, 0.0, 1.0);
        line << QPointF(box.left() + step * static_cast<double>(at), floor - share * (floor - box.top() - 1));
    }
    auto area = line;
    area << QPointF(box.right(), floor) << QPointF(box.left(), floor);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(toneWash(Tone::Busy, palette));
    painter.drawPolygon(area);
    painter.setPen(QPen(toneFill(Tone::Busy, palette), 1.3));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (qsizetype at = 0; at < std::min(points, spark.marks.size()); ++at) {
        if (spark.marks[at] <= 0) continue;
        const double x = box.left() + step * static_cast<double>(at);
        painter.fillRect(QRectF(x - 0.5, box.bottom() - tickHeight, 1.5, tickHeight),
                         toneFill(Tone::Critical, palette));
    }
    painter.restore();
}

}  // namespace signalbox::ui
