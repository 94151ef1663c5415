// One row per breaker (deployment and key), worst first; optionally only those that are not closed.
#pragma once

#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

class BreakerModel : public RowModel {
    Q_OBJECT
  public:
    explicit BreakerModel(QObject* parent = nullptr);

    // Takes effect with the next update(). An empty filter shows everything; it looks into target, model, cause
    // and who holds it.
    void setFilter(bool notClosedOnly, const QString& filter);
    // This one is shown whatever the filter says: it is being looked at. Empty: none.
    void keep(const QString& target) { m_kept = target; }
    void update(const Source& source);
    int notClosed() const { return m_notClosed; }
    int total() const { return m_total; }

  private:
    bool accepts(const v1::Breaker& breaker) const;

    bool m_notClosedOnly = false;
    QString m_filter;
    QString m_kept;
    int m_notClosed = 0;
    int m_total = 0;
};

// What happens next to it: "check 00:05", "probe 00:14", "probing", "24:13 left" of a hold, "–".
QString nextText(const v1::Breaker& breaker, qint64 nowUs);
// The breaker of that target in the snapshot; nullptr: gone.
const v1::Breaker* findBreaker(const v1::SnapshotResponse& snapshot, const QString& target);

}  // namespace signalbox::ui
