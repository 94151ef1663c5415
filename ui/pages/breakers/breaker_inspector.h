// Why one breaker is where it is: cause, evidence with a link to each request, what its traffic does, what happens
// next.
#pragma once

#include <QPushButton>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"

namespace signalbox::ui {

class BreakerInspector : public QWidget {
    Q_OBJECT
  public:
    explicit BreakerInspector(QWidget* parent = nullptr);
    // `breaker` null: it left the configuration while it was selected.
    void showBreaker(const v1::Breaker* breaker, qint64 nowUs);

  Q_SIGNALS:
    void redirectWanted(const QString& model);
    void openRequest(const QString& id);

  private:
    void showEvidence(const v1::Breaker& breaker);

    QString m_model;
    QStringList m_evidence;  // ids shown, to rebuild the links only when they change
    StateBadge* m_state;
    ToneLabel* m_cause;
    QPushButton* m_redirect;
    FactList* m_facts;
    ToneLabel* m_evidenceTitle;
    QVBoxLayout* m_links;
};

}  // namespace signalbox::ui
