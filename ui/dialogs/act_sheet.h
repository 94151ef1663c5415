// Holds, resets, probes, drains and warms in three acts: it opens for one target, needs one reason, and its button says
// in a sentence what it does. Lives in the right dock, next to the live page; nothing modal.
#pragma once

#include <QPushButton>
#include <QStackedWidget>

#include "ui/dialogs/act_form.h"
#include "ui/dialogs/act_receipt.h"
#include "ui/widgets/env_band.h"

namespace signalbox::ui {

class ActSheet : public QWidget {
    Q_OBJECT
  public:
    explicit ActSheet(Source& source, QWidget* parent = nullptr);
    void setEnvironment(Environment environment) { m_band->setEnvironment(environment); }
    void open(Act act, const QString& target);
    static QString title(Act act);

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  private:
    QWidget* buildFront();
    void refresh();
    void apply();
    void receive(const TargetOrder& order, const std::optional<api::Failure>& failure);

    Source& m_source;
    EnvBand* m_band;
    QStackedWidget* m_stack;
    ActForm* m_form = nullptr;
    ActReceipt* m_receipt;
    Notice* m_notice = nullptr;
    QPushButton* m_apply = nullptr;
    int m_version = 0;  // counts openings: an answer to an earlier form does not touch this one
    bool m_underWay = false;
};

}  // namespace signalbox::ui
