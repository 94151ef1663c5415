// One deployment: what is in its memory and how that is known, what it can still take, and what may be ordered of it.
#pragma once

#include <QPushButton>
#include <QWidget>

#include "ui/dialogs/act_bar.h"
#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"
#include "ui/widgets/notice.h"

namespace signalbox::ui {

class DeploymentInspector : public QWidget {
    Q_OBJECT
  public:
    explicit DeploymentInspector(Source& source, QWidget* parent = nullptr);
    // `deployment` null: it left the configuration while it was selected.
    void showDeployment(const v1::Deployment* deployment, qint64 nowUs);
    ActBar* acts() const { return m_acts; }

  Q_SIGNALS:
    void breakersWanted(const QString& deployment);

  private:
    void offerActs(const v1::Deployment& deployment);
    void showSlots(const v1::Deployment& deployment, qint64 nowUs);
    void showMemory(const v1::Deployment& deployment);
    void showCapacity(const v1::Deployment& deployment);

    QString m_name;
    StateBadge* m_state;
    Notice* m_trouble;
    ActBar* m_acts;
    QPushButton* m_breaker;
    FactList* m_slots;
    FactList* m_memory;
    FactList* m_capacity;
};

}  // namespace signalbox::ui
