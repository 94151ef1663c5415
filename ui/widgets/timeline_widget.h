// The timeline of one request, painted: a label, its spans on a common time axis, how it ended. Its table twin is a
// TimelineModel in a table; this widget's description says the same in words.
#pragma once

#include <QWidget>

#include "ui/models/request_timeline.h"

namespace signalbox::ui {

class TimelineWidget : public QWidget {
    Q_OBJECT
  public:
    explicit TimelineWidget(QWidget* parent = nullptr);
    void setTimeline(Timeline timeline);
    const Timeline& timeline() const { return m_timeline; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    QRect track(int row) const;  // where the row's spans lie
    int xOf(qint64 us) const;
    void paintAxis(QPainter& painter) const;
    void paintRow(QPainter& painter, int row) const;
    void paintSpan(QPainter& painter, const QRect& box, const TimelineSpan& span) const;
    const TimelineSpan* spanAt(const QPoint& at) const;

    Timeline m_timeline;
};

}  // namespace signalbox::ui
