// Redirects a model in three acts: it opens filled in, needs one reason, and its button says in a sentence what it
// does. Lives in the right dock, next to the live page; nothing modal.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTimer>

#include "ui/dialogs/chip_row.h"
#include "ui/dialogs/redirect_order.h"
#include "ui/dialogs/redirect_receipt.h"
#include "ui/dialogs/target_list.h"
#include "ui/widgets/env_band.h"

namespace signalbox::ui {

class RedirectSheet : public QWidget {
    Q_OBJECT
  public:
    explicit RedirectSheet(Source& source, QWidget* parent = nullptr);
    void setEnvironment(Environment environment);
    // Starts afresh for that model; empty: the user picks it.
    void open(const QString& model);

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  private:
    QWidget* buildForm();
    QWidget* buildBody();
    void buildTimes();
    void buildReasons();
    void buildShortcuts();
    void setModel(const QString& model);
    void fillModels(const QString& chosen);
    void askPreview();
    void showPreview(const v1::PreviewOverrideResponse& preview);
    void refresh();
    void showEnds();
    QString reason() const;
    QString sentence() const;
    v1::CreateOverrideRequest request() const;
    // Sends what the form says; `replaces`: the override to end first, 0: none.
    void apply(qint64 replaces);
    void receive(const RedirectOrder::Outcome& outcome);
    void tellLate(const RedirectOrder::Outcome& outcome, const QString& from);
    bool isOurs(qint64 overrideId) const;

    Source& m_source;
    EnvBand* m_band;
    QStackedWidget* m_stack;
    RedirectReceipt* m_receipt;
    QComboBox* m_from;
    TargetList* m_to;
    QLabel* m_noTargets;
    QComboBox* m_scope;
    QLineEdit* m_scopeName;
    QSpinBox* m_share;
    ChipRow* m_times;
    ToneLabel* m_ends;
    ChipRow* m_reasons;
    ToneLabel* m_pick;
    QLineEdit* m_words;
    ToneLabel* m_effect;
    Notice* m_notice;
    QPushButton* m_apply;
    QTimer m_patience;
    RedirectOrder m_order;
    int m_form = 0;              // counts openings and models: an answer to an earlier form does not touch this one
    int m_preview = 0;           // counts askPreview(); late answers of earlier ones are dropped
    qint64 m_previewActive = 0;  // the redirect of this model that the preview named; 0: none
    qint64 m_conflict = 0;       // what "Replace it" ends
    bool m_askedForReason = false;
};

}  // namespace signalbox::ui
