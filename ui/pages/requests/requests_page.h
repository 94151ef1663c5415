// What happened to this one? The history and its live tail, filtered by one line, with the decision behind every row.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QTimer>

#include "ui/dialogs/chip_row.h"
#include "ui/models/request_feed.h"
#include "ui/pages/page.h"
#include "ui/pages/requests/filter_line.h"
#include "ui/pages/requests/request_inspector.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/notice.h"

class QStackedLayout;

namespace signalbox::ui {

// The inspector lies at the bottom of the page, not in the dock: a row is wide and so is its timeline.
class RequestsPage : public Page {
    Q_OBJECT
  public:
    explicit RequestsPage(Source& source, QWidget* parent = nullptr);

    void clearSelection() override;
    QWidget* focusTarget() override { return m_table; }
    QString redirectModel() const override;
    // Finds the request whatever the filter says.
    void open(const QString& id) override;
    void setFilter(const QString& text) { m_line->apply(text); }

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    QLayout* buildBar();
    QWidget* buildList();
    void connectAll();
    void showView();
    void showFeed();
    void showEmpty();
    void restoreSelection();
    void select(const QString& id);
    void fetchDetails();
    void follow();
    void showCellMenu(const QPoint& at);

    RequestModel m_model;
    RequestFeed m_feed;
    QTimer m_dwell;  // a selection that is only passed by asks for nothing
    QString m_selected;
    qint64 m_unseen = 0;  // live rows that came above what the reader sees
    ChipRow* m_views;
    FilterLine* m_line;
    ToneLabel* m_fault;
    QPushButton* m_new;
    ToneLabel* m_state;
    Notice* m_trouble;
    LiveTableView* m_table;
    EmptyState* m_empty;
    QStackedLayout* m_stack;
    RequestInspector* m_inspector;
};

}  // namespace signalbox::ui
