// A row of figures with one surface: title, value, change against the previous window, sparkline. Heights never change.
#pragma once

#include <QWidget>

#include <vector>

#include "ui/models/row_model.h"

namespace signalbox::ui {

struct Metric {
    QString title;
    QString value;        // "–" while unknown
    QString change = {};  // "+5.9"; empty: not known
    Tone changeTone = Tone::Muted;
    Tone tone = Tone::Plain;
    QString tip = {};
    Spark spark = {};
    bool operator==(const Metric&) const = default;
};

class MetricStrip : public QWidget {
    Q_OBJECT
  public:
    explicit MetricStrip(QWidget* parent = nullptr);
    void setMetrics(std::vector<Metric> metrics);
    // Values of long ago are drawn faint.
    void setStale(bool stale);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    QRect segment(int at) const;
    void paintSegment(QPainter& painter, const QRect& box, const Metric& metric) const;

    std::vector<Metric> m_metrics;
    bool m_stale = false;
};

}  // namespace signalbox::ui
