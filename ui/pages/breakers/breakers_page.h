// What is cut off, why, and until when?
#pragma once

#include <QLineEdit>
#include <QPushButton>

#include "ui/dialogs/chip_row.h"
#include "ui/models/breaker_model.h"
#include "ui/pages/breakers/breaker_inspector.h"
#include "ui/pages/page.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/live_table_view.h"

class QStackedLayout;

namespace signalbox::ui {

class BreakersPage : public Page {
    Q_OBJECT
  public:
    explicit BreakersPage(Source& source, QWidget* parent = nullptr);

    QWidget* inspector() override;
    QString inspectorTitle() const override { return m_table->selectedId(); }
    void clearSelection() override { m_table->clearSelectedId(); }
    QWidget* focusTarget() override;
    QString redirectModel() const override;
    void open(const QString& target) override;

  protected:
    void refresh() override;
    void tick() override { refresh(); }

  private:
    enum Which { NotClosed, All };
    QLayout* buildBar();
    void selectWorst();
    QString modelOf(const QString& target) const;

    BreakerModel m_model;
    ChipRow* m_which;
    QLineEdit* m_filter;
    ToneLabel* m_held;
    LiveTableView* m_table;
    EmptyState* m_empty;
    QStackedLayout* m_stack;
    BreakerInspector* m_inspector;
};

}  // namespace signalbox::ui
