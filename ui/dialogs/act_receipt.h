// What the sheet of an act becomes once it is done: what was ordered, the state as it is now, and the way back where
// there is one.
#pragma once

#include <QPushButton>
#include <QWidget>

#include "ui/models/target_order.h"
#include "ui/widgets/fact_list.h"
#include "ui/widgets/notice.h"

namespace signalbox::ui {

class ActReceipt : public QWidget {
    Q_OBJECT
  public:
    explicit ActReceipt(Source& source, QWidget* parent = nullptr);
    void present(const TargetOrder& order);
    void undo();
    QWidget* focusTarget() const { return m_undo->isHidden() ? m_close : m_undo; }

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  private:
    void showNow();
    // 0: by itself never.
    qint64 endsUs() const { return m_order.seconds > 0 ? m_doneUs + m_order.seconds * 1'000'000 : 0; }

    Source& m_source;
    TargetOrder m_order;
    qint64 m_doneUs = 0;
    int m_version = 0;  // counts orders presented: a late answer to an earlier undo does not touch this one
    bool m_undoing = false;
    bool m_undone = false;
    ToneLabel* m_done;
    StateBadge* m_state;
    FactList* m_facts;
    Notice* m_notice;
    QPushButton* m_undo;
    QPushButton* m_close;
};

}  // namespace signalbox::ui
