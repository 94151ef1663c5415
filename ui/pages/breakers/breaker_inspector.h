// Why one breaker is where it is: who holds it, cause, evidence with a link to each request, what its traffic does,
// what happens next, and what may be ordered of it.
#pragma once

#include <QPushButton>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/dialogs/act_bar.h"
#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"

namespace signalbox::ui {

class BreakerInspector : public QWidget {
    Q_OBJECT
  public:
    explicit BreakerInspector(Source& source, QWidget* parent = nullptr);
    // `breaker` null: it left the configuration while it was selected.
    void showBreaker(const v1::Breaker* breaker, qint64 nowUs);
    ActBar* acts() const { return m_acts; }

  Q_SIGNALS:
    void redirectWanted(const QString& model);
    void openRequest(const QString& id);

  private:
    void offerActs(const v1::Breaker& breaker);
    void showOutcomes(const v1::Breaker& breaker);
    void showNext(const v1::Breaker& breaker, qint64 nowUs);
    void showTraffic(const v1::Breaker& breaker, qint64 nowUs);
    void showEvidence(const v1::Breaker& breaker);

    QString m_model;
    QString m_evidence;  // what is shown, to rebuild the links only when it changes
    StateBadge* m_state;
    ToneLabel* m_cause;
    ToneLabel* m_hold;
    QPushButton* m_redirect;
    ActBar* m_acts;
    FactList* m_facts;
    ToneLabel* m_evidenceTitle;
    QVBoxLayout* m_links;
    FactList* m_details;
};

}  // namespace signalbox::ui
