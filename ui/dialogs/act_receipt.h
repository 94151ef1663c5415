// What the sheet of an act becomes once it is done: what was ordered, the state as it is now, and the way back where
// there is one.
#pragma once

#include "ui/dialogs/receipt.h"
#include "ui/models/target_order.h"

namespace signalbox::ui {

class ActReceipt : public Receipt {
    Q_OBJECT
  public:
    explicit ActReceipt(Source& source, QWidget* parent = nullptr);
    void present(const TargetOrder& order);
    void undo() override;

  private:
    void refresh() override;
    // 0: by itself never.
    qint64 endsUs() const { return m_order.seconds > 0 ? m_doneUs + m_order.seconds * 1'000'000 : 0; }

    TargetOrder m_order;
    qint64 m_doneUs = 0;
    int m_version = 0;  // counts orders presented: a late answer to an earlier undo does not touch this one
    bool m_undoing = false;
    bool m_undone = false;
    ToneLabel* m_done;
    StateBadge* m_state;
};

}  // namespace signalbox::ui
