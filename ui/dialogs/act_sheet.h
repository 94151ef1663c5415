// Holds, resets, probes, drains and warms in three acts: it opens for one target, needs one reason, and its button says
// in a sentence what it does.
#pragma once

#include "ui/dialogs/act_form.h"
#include "ui/dialogs/act_receipt.h"
#include "ui/dialogs/sheet.h"

namespace signalbox::ui {

class ActSheet : public Sheet {
    Q_OBJECT
  public:
    explicit ActSheet(Source& source, QWidget* parent = nullptr);
    void open(Act act, const QString& target);
    static QString title(Act act);

  private:
    void apply() override;
    void chooseReason(int index) override { m_form->chooseReason(index); }
    void refresh() override;
    void receive(const TargetOrder& order, const std::optional<api::Failure>& failure);

    ActForm* m_form;
    ActReceipt* m_receipt;
    int m_version = 0;  // counts openings: an answer to an earlier form does not touch this one
    bool m_underWay = false;
};

}  // namespace signalbox::ui
