// Is something wrong? Key figures, the worst problems, the gateways, and what is left of each model.
#pragma once

#include "ui/models/fleet_model.h"
#include "ui/models/models_model.h"
#include "ui/pages/fleet/gateway_inspector.h"
#include "ui/pages/fleet/problem_list.h"
#include "ui/pages/page.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/live_table_view.h"
#include "ui/widgets/metric_strip.h"

class QStackedLayout;

namespace signalbox::ui {

class FleetPage : public Page {
    Q_OBJECT
  public:
    explicit FleetPage(Source& source, QWidget* parent = nullptr);

    QWidget* inspector() override;
    QString inspectorTitle() const override;
    void clearSelection() override;
    QWidget* focusTarget() override { return m_gateways; }
    QString redirectModel() const override;

  protected:
    void refresh() override;
    void tick() override { refresh(); }

  private:
    void showFigures();
    void say();

    FleetModel m_fleet;
    ModelsModel m_models;
    MetricStrip* m_figures;
    ProblemList* m_problems;
    LiveTableView* m_gateways;
    LiveTableView* m_modelTable;
    GatewayInspector* m_inspector;
    EmptyState* m_empty;
    QStackedLayout* m_stack;
};

}  // namespace signalbox::ui
