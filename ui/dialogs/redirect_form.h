// What is redirected, where to, how much of it, for how long and why: opens filled in, needs only a reason.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QTimer>

#include "ui/dialogs/lease_picker.h"
#include "ui/dialogs/reason_picker.h"
#include "ui/dialogs/target_list.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class RedirectForm : public QWidget {
    Q_OBJECT
  public:
    explicit RedirectForm(Source& source, QWidget* parent = nullptr);
    // Starts afresh for that model; empty: the user picks it.
    void open(const QString& model);
    void chooseReason(int number) { m_reason->choose(number); }

    QString model() const { return m_from->currentText(); }
    bool hasTarget() const { return !m_to->chosen().isEmpty(); }
    // The redirect of this model that is in force as the gateway says; 0: none, or not known yet.
    qint64 activeRedirect() const { return m_active; }
    // What still has to be said, as words for a button; empty: nothing.
    QString missing() const;
    // Puts the focus there; only where something is missing.
    void askForTheRest();
    // What request() asks for, as a sentence.
    QString sentence() const;
    v1::CreateOverrideRequest request() const;

  Q_SIGNALS:
    void changed();
    void modelChanged();

  private:
    void build();
    void setModel(const QString& model);
    void fillModels(const QString& chosen);
    void askPreview();
    void showPreview(const v1::PreviewOverrideResponse& preview);
    void showChoices();
    bool needsName() const;

    Source& m_source;
    QComboBox* m_from;
    TargetList* m_to;
    QLabel* m_noTargets;
    QComboBox* m_scope;
    QLineEdit* m_scopeName;
    QSpinBox* m_share;
    LeasePicker* m_lease;
    ReasonPicker* m_reason;
    ToneLabel* m_effect;
    QTimer m_patience;
    int m_preview = 0;  // counts askPreview(); late answers of earlier ones are dropped
    qint64 m_active = 0;
};

}  // namespace signalbox::ui
