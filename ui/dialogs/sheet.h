// The frame of every sheet: environment band, a form with one button that says in a sentence what it does, and the
// receipt it turns into. Lives in the right dock, next to the live page; nothing modal.
//
// Keys: 1–6 choose a reason, Ctrl+Enter applies, Ctrl+Z undoes what the receipt shows.
#pragma once

#include <QPushButton>
#include <QStackedWidget>

#include "ui/dialogs/receipt.h"
#include "ui/widgets/env_band.h"

namespace signalbox::ui {

class Sheet : public QWidget {
    Q_OBJECT
  public:
    void setEnvironment(Environment environment) { m_band->setEnvironment(environment); }

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  protected:
    Sheet(Source& source, QWidget* parent);
    // Once, by the constructor of the sheet. `hint` stands below the button.
    void assemble(QWidget* form, Receipt* receipt, const QString& hint);

    virtual void apply() = 0;
    virtual void chooseReason(int index) = 0;
    // Called when the gateway or our rights change, too.
    virtual void refresh() = 0;

    void showForm() { m_stack->setCurrentIndex(0); }
    void showReceipt();
    // The button's words; without rights it is off and says why.
    void offer(const QString& sentence, bool enabled);
    // What is done on stale knowledge says so.
    [[nodiscard]] QString markStale(const QString& sentence) const;
    [[nodiscard]] bool isAllowed() const { return m_source.forbidden().isEmpty(); }

    Source& m_source;
    Notice* m_notice;

  private:
    void addKeys();

    EnvBand* m_band;
    QStackedWidget* m_stack;
    QPushButton* m_apply;
    Receipt* m_receipt = nullptr;
};

}  // namespace signalbox::ui
