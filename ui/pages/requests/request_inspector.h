// One request in full: why it went where it went (Route), when what happened (Timeline), and what to do about it.
#pragma once

#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QWidget>

#include "ui/models/request_details.h"
#include "ui/models/request_timeline.h"
#include "ui/widgets/fact_list.h"
#include "ui/widgets/live_table_view.h"
#include "ui/widgets/timeline_widget.h"

namespace signalbox::ui {

class RequestInspector : public QWidget {
    Q_OBJECT
  public:
    explicit RequestInspector(QWidget* parent = nullptr);

    // First what the list knows, then the whole answer of GetRequest.
    void show(const v1::Request& request);
    // The details could not be had; what is shown stays.
    void setFailure(const QString& sentence);
    const v1::Request& request() const { return m_request; }
    // For "copy as curl": where the data plane listens.
    void setDataUrl(const QString& url) { m_dataUrl = url; }

  Q_SIGNALS:
    void redirectWanted(const QString& model);
    void overrideWanted(qint64 id);
    void closeWanted();
    void told(const QString& sentence);

  private:
    QLayout* buildHeader();
    QWidget* buildRoute();
    QWidget* buildTimeline();
    void copy(const QString& text, const QString& sentence);
    void showFacts();
    void showFleet();

    v1::Request m_request;
    QString m_dataUrl;
    StateBadge* m_state;
    QLabel* m_title;
    QPushButton* m_redirect;
    QPushButton* m_override;
    ToneLabel* m_why;
    ToneLabel* m_failure;
    FactList* m_facts;
    CandidateModel m_candidates;
    AttemptModel m_attempts;
    LiveTableView* m_candidateTable;
    LiveTableView* m_attemptTable;
    ToneLabel* m_fleetTitle;
    QPlainTextEdit* m_fleet;
    TimelineWidget* m_timeline;
    TimelineModel m_timelineRows;
    QTabWidget* m_tabs;
};

}  // namespace signalbox::ui
