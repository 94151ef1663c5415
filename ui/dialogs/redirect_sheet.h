// Redirects a model in three acts: it opens filled in, needs one reason, and its button says in a sentence what it
// does. Lives in the right dock, next to the live page; nothing modal.
#pragma once

#include <QPushButton>
#include <QStackedWidget>

#include "ui/dialogs/redirect_form.h"
#include "ui/dialogs/redirect_order.h"
#include "ui/dialogs/redirect_receipt.h"
#include "ui/widgets/env_band.h"

namespace signalbox::ui {

class RedirectSheet : public QWidget {
    Q_OBJECT
  public:
    explicit RedirectSheet(Source& source, QWidget* parent = nullptr);
    void setEnvironment(Environment environment);
    // Starts afresh for that model; empty: the user picks it.
    void open(const QString& model);

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  private:
    QWidget* buildFront();
    void refresh();
    // Sends what the form says; `replaces`: the override to end first, 0: none.
    void apply(qint64 replaces);
    void receive(const RedirectOrder::Outcome& outcome);
    void tellLate(const RedirectOrder::Outcome& outcome, const QString& from);
    bool isOurs(qint64 overrideId) const;

    Source& m_source;
    EnvBand* m_band;
    QStackedWidget* m_stack;
    RedirectForm* m_form = nullptr;
    RedirectReceipt* m_receipt;
    Notice* m_notice = nullptr;
    QPushButton* m_apply = nullptr;
    RedirectOrder m_order;
    int m_version = 0;      // counts openings and models: an answer to an earlier form does not touch this one
    qint64 m_conflict = 0;  // what "Replace it" ends
};

}  // namespace signalbox::ui
