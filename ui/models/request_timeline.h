// One request on its own clock: what happened when, as rows of spans for the timeline and as a table for those who
// cannot see it.
#pragma once

#include <QString>

#include <vector>

#include "signalbox/v1/control.pb.h"
#include "ui/models/row_model.h"

namespace signalbox::ui {

// Microseconds since the request began; toUs is never before fromUs.
struct TimelineSpan {
    QString name;  // connect, wait, first token, stream…
    qint64 fromUs = 0;
    qint64 toUs = 0;
    Tone tone = Tone::Plain;
    bool hatched = false;  // time that brought nothing
};

struct TimelineRow {
    QString label;
    std::vector<TimelineSpan> spans;  // in order, none overlaps
    QString note;                     // how it ended
};

struct Timeline {
    std::vector<TimelineRow> rows;
    qint64 totalUs = 0;  // at least 1
};

// Survives records that contradict themselves: what does not fit its attempt is cut.
Timeline timelineOf(const v1::Request& request);

// The table twin: one row per span.
class TimelineModel : public RowModel {
    Q_OBJECT
  public:
    explicit TimelineModel(QObject* parent = nullptr);
    void update(const Timeline& timeline);
};

}  // namespace signalbox::ui
