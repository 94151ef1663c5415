// What a sheet becomes once its order is done: what runs now, and the way back. Each sheet fills in its own facts.
#pragma once

#include <QPushButton>
#include <QWidget>

#include <initializer_list>

#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"
#include "ui/widgets/notice.h"

namespace signalbox::ui {

class Receipt : public QWidget {
    Q_OBJECT
  public:
    virtual void undo() = 0;
    QWidget* focusTarget() const { return m_undo->isHidden() ? m_close : m_undo; }

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  protected:
    Receipt(Source& source, QWidget* parent);
    // `top`: what stands above the facts.
    void assemble(std::initializer_list<QWidget*> top);
    // Called with every snapshot and tick, too.
    virtual void refresh() = 0;

    Source& m_source;
    FactList* m_facts;
    Notice* m_notice;
    QPushButton* m_undo;

  private:
    QPushButton* m_close;
};

}  // namespace signalbox::ui
