// What did people change? Overrides in force, those that ended, and the audit trail.
#pragma once

#include <QPushButton>

#include "ui/dialogs/chip_row.h"
#include "ui/models/audit_model.h"
#include "ui/models/override_model.h"
#include "ui/pages/overrides/override_inspector.h"
#include "ui/pages/page.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/live_table_view.h"
#include "ui/widgets/notice.h"

class QStackedLayout;

namespace signalbox::ui {

class OverridesPage : public Page {
    Q_OBJECT
  public:
    explicit OverridesPage(Source& source, QWidget* parent = nullptr);

    QWidget* inspector() override;
    QString inspectorTitle() const override;
    void clearSelection() override { m_table->clearSelectedId(); }
    QWidget* focusTarget() override;
    void open(const QString& id) override;

  protected:
    void refresh() override;
    void tick() override;

  private:
    enum Which { Active, Ended };
    QLayout* buildBar();
    QWidget* buildTables();
    void fetch();
    void fetchAudit();
    std::vector<v1::Override> active() const;
    const v1::Override* selected() const;
    void extend();
    void end();
    void report(const api::Answer<v1::Override>& answer, const QString& done);

    OverrideModel m_model;
    AuditModel m_auditModel;
    std::vector<v1::Override> m_shown;
    std::vector<v1::Override> m_ended;
    ChipRow* m_which;
    QPushButton* m_extend;
    QPushButton* m_end;
    Notice* m_notice;
    LiveTableView* m_table;
    LiveTableView* m_audit;
    EmptyState* m_empty;
    QStackedLayout* m_stack;
    OverrideInspector* m_inspector;
    int m_ticks = 0;
    int m_inForce = -1;  // to fetch the ended ones and the audit again when it changes
    bool m_acting = false;
};

}  // namespace signalbox::ui
