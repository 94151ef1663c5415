// Is mine running? The gateway of this machine: its state, how to reach it, a request to try, its log.
#pragma once

#include <QPushButton>
#include <QSpinBox>

#include "ui/models/local_gateway_control.h"
#include "ui/models/request_feed.h"
#include "ui/pages/local/connect_card.h"
#include "ui/pages/local/log_tail.h"
#include "ui/pages/local/try_it.h"
#include "ui/pages/page.h"
#include "ui/widgets/live_table_view.h"
#include "ui/widgets/notice.h"

namespace signalbox::ui {

class LocalPage : public Page {
    Q_OBJECT
  public:
    // `control` null: the gateway runs elsewhere; it can be watched and asked, not started or stopped. Outlives the
    // page.
    LocalPage(Source& source, LocalGatewayControl* control, QWidget* parent = nullptr);

    QWidget* focusTarget() override { return m_tryIt->focusTarget(); }

  protected:
    void refresh() override;
    void tick() override { showState(); }
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    QLayout* buildHead();
    QWidget* buildRecent();
    void connectControl();
    void showState();
    void showButtons();
    bool isRunning() const;
    QString facts() const;

    LocalGatewayControl* m_control;
    RequestModel m_recent;
    RequestFeed m_feed;
    ToneLabel* m_state;
    ToneLabel* m_facts;
    QSpinBox* m_port;
    QPushButton* m_start;
    QPushButton* m_stop;
    Notice* m_failure;
    ConnectCard* m_connect;
    TryIt* m_tryIt;
    LiveTableView* m_table;
    LogTail* m_log;
};

}  // namespace signalbox::ui
