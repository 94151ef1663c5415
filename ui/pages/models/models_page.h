// What is warm, what can take load? Models above, their deployments below; selecting a model narrows them down.
#pragma once

#include <QLineEdit>

#include "ui/models/deployment_model.h"
#include "ui/models/models_model.h"
#include "ui/pages/models/deployment_inspector.h"
#include "ui/pages/models/model_inspector.h"
#include "ui/pages/page.h"
#include "ui/widgets/live_table_view.h"

namespace signalbox::ui {

class ModelsPage : public Page {
    Q_OBJECT
  public:
    explicit ModelsPage(Source& source, QWidget* parent = nullptr);

    QWidget* inspector() override;
    QString inspectorTitle() const override;
    // The deployment first, then the model.
    void clearSelection() override;
    QWidget* focusTarget() override { return m_table; }
    QString redirectModel() const override;
    // A model or a deployment.
    void open(const QString& id) override;

  protected:
    void refresh() override;
    void tick() override { refresh(); }

  private:
    QLayout* buildBar();
    void connectTables();
    void openBreakers(const QString& deployment);
    void showLegend();

    ModelsModel m_models;
    DeploymentModel m_deployments;
    QLineEdit* m_filter;
    ToneLabel* m_which;
    ToneLabel* m_legend;
    LiveTableView* m_modelTable;
    LiveTableView* m_table;  // the deployments
    ModelInspector* m_modelInspector;
    DeploymentInspector* m_inspector;
};

}  // namespace signalbox::ui
