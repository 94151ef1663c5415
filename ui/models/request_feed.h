// Brings a gateway's history into a RequestModel: the newest page, older pages as the reader scrolls, live rows as they
// finish. One filter for all three, so that what is live is what a query would show.
#pragma once

#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

#include "ui/models/request_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

// UI thread. The source and the model outlive it. While the source is paused, or the window has left its newest end,
// live rows wait and are counted.
class RequestFeed : public QObject {
    Q_OBJECT
  public:
    static constexpr int pageSize = 200;
    static constexpr int waitingMax = 5000;  // live rows kept; beyond it they are only counted and fetched again

    RequestFeed(Source& source, RequestModel& model, QObject* parent = nullptr);

    const v1::RequestFilter& filter() const { return m_filter; }
    // Asks anew. The old rows stay until the answer is here.
    void setFilter(const v1::RequestFilter& filter);
    // Off: no stream, nothing moves. On again: catches up with what it missed.
    void setActive(bool active);
    // Shows what waits; after an eviction of the newest rows it asks for them.
    void toNewest();
    void retry() { load(); }

    bool isLoading() const { return m_loading; }
    qint64 waiting() const { return m_waiting; }
    // The newest rows are not in the window.
    bool isDetached() const { return m_detached; }
    // Why the last question failed; empty: it did not.
    const QString& failure() const { return m_failure; }

  Q_SIGNALS:
    void changed();          // any of the above; at most a few times a second
    void arrived(int rows);  // live rows were added

  private:
    using Rows = std::vector<v1::Request>;
    using OnPage = std::function<void(Rows rows, const std::string& cursor)>;

    void load();
    void catchUp();
    void fetchOlder();
    void ask(v1::QueryRequestsRequest request, OnPage onPage);
    void openTail();
    void take(const v1::TailRequestsResponse& live);
    void apply();
    void applyWaiting();
    void show(Rows rows);
    void leave(RequestModel::Evict end);
    void setOlder(const std::string& cursor);
    void tick();

    Source& m_source;
    RequestModel& m_model;
    v1::RequestFilter m_filter;
    std::unique_ptr<api::Subscription> m_tail;
    QTimer m_apply;
    QString m_failure;
    Rows m_live;                // waiting rows, oldest first
    qint64 m_waiting = 0;       // as counted; more than m_live holds after a flood
    quint64 m_generation = 0;   // answers to older questions are dropped
    std::string m_olderCursor;  // of the next older page
    qint64 m_olderUntilUs = 0;  // 0: the filter's own end
    bool m_hasOlder = false;
    bool m_active = false;
    bool m_loading = false;
    bool m_loaded = false;
    bool m_detached = false;
    bool m_missed = false;  // live rows were lost: the newest page must be asked for
    bool m_tailLost = false;
    int m_ticksLost = 0;
};

}  // namespace signalbox::ui
