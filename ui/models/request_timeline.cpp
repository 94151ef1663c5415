#include "ui/models/request_timeline.h"

#include <algorithm>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

using T = TimelineModel;

constexpr qint64 gapWorthSaying = 1000;  // µs

// Lays spans end to end and never past the attempt's end.
class Track {
  public:
    Track(qint64 fromUs, qint64 endUs) : m_at(fromUs), m_endUs(endUs) {}

    void until(qint64 us, const QString& name, Tone tone, bool hatched = false) {
        const qint64 to = std::clamp(us, m_at, m_endUs);
        if (to > m_at) m_spans.push_back({name, m_at, to, tone, hatched});
        m_at = to;
    }
    std::vector<TimelineSpan> take() { return std::move(m_spans); }

  private:
    qint64 m_at;
    qint64 m_endUs;
    std::vector<TimelineSpan> m_spans;
};

qint64 startOf(const v1::Attempt& attempt) {
    return std::max<qint64>(0, attempt.start_us());
}

qint64 endOf(const v1::Attempt& attempt) {
    return startOf(attempt) + std::max<qint64>(0, attempt.total_us());
}

TimelineRow attemptRow(const v1::Attempt& attempt, int number) {
    const bool ok = attempt.result() == "ok";
    const bool overtaken = attempt.result() == "overtaken";
    const Tone endTone = ok ? Tone::Ok : overtaken ? Tone::Cold : Tone::Critical;
    const qint64 start = startOf(attempt);
    const qint64 end = endOf(attempt);
    Track track(start, end);
    qint64 sent = start;
    if (attempt.has_connect_us()) sent += std::max<qint64>(0, attempt.connect_us());
    track.until(sent, T::tr("connect"), Tone::Cold);
    if (attempt.has_headers_us()) track.until(sent + attempt.headers_us(), T::tr("wait"), Tone::Warn);
    if (attempt.has_first_token_us()) {
        track.until(sent + attempt.first_token_us(), T::tr("first token"), Tone::Busy);
        track.until(end, T::tr("stream"), endTone, !ok);
    }
    track.until(end, ok ? T::tr("answer") : T::tr("nothing came"), endTone, !ok);
    QString note = ok ? T::tr("✓ served") : overtaken ? T::tr("overtaken") : T::tr("✕ %1").arg(text(attempt.result()));
    if (attempt.status() != 0) note += u" · HTTP %1"_s.arg(attempt.status());
    if (attempt.probe()) note += T::tr(" · probe");
    if (attempt.hedge()) note += T::tr(" · hedge");
    if (!attempt.drill().empty()) note += T::tr(" · drill: %1").arg(text(attempt.drill()));
    return {T::tr("%1  %2").arg(number).arg(text(attempt.deployment())), track.take(), note};
}

}  // namespace

Timeline timelineOf(const v1::Request& request) {
    Timeline timeline;
    qint64 reached = std::max<qint64>(0, request.queue_us());
    if (reached > 0) timeline.rows.push_back({T::tr("queue"), {{T::tr("queue"), 0, reached, Tone::Warn, true}}, {}});
    int number = 0;
    for (const v1::Attempt& attempt : request.attempts()) {
        if (number > 0 && startOf(attempt) - reached > gapWorthSaying) {
            const TimelineSpan gap{T::tr("backoff"), reached, startOf(attempt), Tone::Cold, true};
            timeline.rows.push_back({T::tr("backoff"), {gap}, {}});
        }
        timeline.rows.push_back(attemptRow(attempt, ++number));
        reached = std::max(reached, endOf(attempt));
    }
    timeline.totalUs = std::max<qint64>({1, request.total_us(), reached});
    return timeline;
}

TimelineModel::TimelineModel(QObject* parent)
    : RowModel({{u"row"_s, tr("Where"), 240},
                {u"span"_s, tr("Phase"), 100},
                {u"from"_s, tr("From ms"), 80, true},
                {u"took"_s, tr("Took ms"), 80, true},
                {u"note"_s, tr("Result"), 240}},
               parent) {}

void TimelineModel::update(const Timeline& timeline) {
    std::vector<Row> rows;
    for (const TimelineRow& row : timeline.rows) {
        for (const TimelineSpan& span : row.spans) {
            rows.push_back({QString::number(rows.size()),
                            {Cell{row.label}, Cell{span.name, span.tone}, millisecondsCell(span.fromUs),
                             millisecondsCell(span.toUs - span.fromUs), textCell(row.note.toStdString())}});
        }
    }
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
