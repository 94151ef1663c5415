// One act on one target, before it is sent: what it does, for how long, why.
#pragma once

#include <QLabel>
#include <QWidget>

#include "ui/dialogs/lease_picker.h"
#include "ui/dialogs/reason_picker.h"
#include "ui/models/target_order.h"

namespace signalbox::ui {

class ActForm : public QWidget {
    Q_OBJECT
  public:
    explicit ActForm(Source& source, QWidget* parent = nullptr);
    // Starts afresh. `target`: of a breaker, or a deployment.
    void open(Act act, const QString& target);
    void chooseReason(int number) { m_reason->choose(number); }
    // Puts the focus on the reason and says that one is needed.
    void askForReason() { m_reason->ask(); }

    Act act() const { return m_act; }
    bool isComplete() const;
    // What order() asks for, as a sentence.
    QString sentence() const;
    TargetOrder order() const;

  Q_SIGNALS:
    void changed();

  private:
    void showState();

    Source& m_source;
    Act m_act = Act::Probe;
    QString m_target;
    ToneLabel* m_name;
    StateBadge* m_state;
    ToneLabel* m_effect;
    QLabel* m_leaseTitle;
    LeasePicker* m_lease;
    ToneLabel* m_reasonTitle;
    ReasonPicker* m_reason;
};

// The breaker's or the deployment's state as the snapshot has it.
void showTargetState(const Source& source, const QString& target, StateBadge& badge);

}  // namespace signalbox::ui
