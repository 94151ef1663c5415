// One model: what it takes, where it goes when that fails, and what a request is expected to need.
#pragma once

#include <QPushButton>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"

namespace signalbox::ui {

class ModelInspector : public QWidget {
    Q_OBJECT
  public:
    explicit ModelInspector(QWidget* parent = nullptr);
    // `model` null: it left the configuration while it was selected.
    void showModel(const v1::Model* model);

  Q_SIGNALS:
    void redirectWanted(const QString& model);

  private:
    void showTraffic(const v1::Model& model);
    void showNeed(const v1::Model& model);

    QString m_model;
    ToneLabel* m_redirected;
    QPushButton* m_redirect;
    FactList* m_traffic;
    FactList* m_need;
};

}  // namespace signalbox::ui
