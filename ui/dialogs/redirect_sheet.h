// Redirects a model in three acts: it opens filled in, needs one reason, and its button says in a sentence what it
// does.
#pragma once

#include "ui/dialogs/redirect_form.h"
#include "ui/dialogs/redirect_order.h"
#include "ui/dialogs/redirect_receipt.h"
#include "ui/dialogs/sheet.h"

namespace signalbox::ui {

class RedirectSheet : public Sheet {
    Q_OBJECT
  public:
    explicit RedirectSheet(Source& source, QWidget* parent = nullptr);
    // Starts afresh for that model; empty: the user picks it.
    void open(const QString& model);

  private:
    void apply() override { send(0); }
    void chooseReason(int index) override { m_form->chooseReason(index); }
    void refresh() override;
    // Sends what the form says; `replaces`: the override to end first, 0: none.
    void send(qint64 replaces);
    void receive(const RedirectOrder::Outcome& outcome);
    void tellLate(const RedirectOrder::Outcome& outcome, const QString& from);
    bool isOurs(qint64 overrideId) const;

    RedirectForm* m_form;
    RedirectReceipt* m_receipt;
    RedirectOrder m_order;
    int m_version = 0;      // counts openings and models: an answer to an earlier form does not touch this one
    qint64 m_conflict = 0;  // what "Replace it" ends
};

}  // namespace signalbox::ui
