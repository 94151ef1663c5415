// One gateway as the pages see it: the latest snapshot, how fresh it is, and calls whose answers die with their asker.
// Lives on the UI thread. The Gateway it owns must deliver every reply and every sink call on the UI thread.
#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <functional>
#include <memory>

#include "engine/api/gateway.h"
#include "ui/models/clock.h"
#include "ui/models/data_address.h"

namespace signalbox::ui {

namespace v1 = api::v1;

// How far the numbers on the screen may be trusted.
struct Freshness {
    enum class Level { Connecting, Live, Old, Stale };
    Level level = Level::Connecting;
    qint64 ageMs = 0;      // since the last good snapshot; 0 while there was none
    int attempt = 0;       // reconnects tried since the last good snapshot
    qint64 retryInMs = 0;  // until the next one; 0: it is under way or not needed
    QString reason;        // the gateway's own words; empty: none known

    bool operator==(const Freshness&) const = default;
};

struct SourceOptions {
    Clock clock = Clock::system();
    QString gatewayHost;   // where it is watched; empty: inside this program
    qint64 pollMs = 1000;  // how often a snapshot is expected; older than 2× is old, than 5× stale
};

class Source : public QObject {
    Q_OBJECT
  public:
    using Snapshot = std::shared_ptr<const v1::SnapshotResponse>;

    explicit Source(std::unique_ptr<api::Gateway> gateway, SourceOptions options = {}, QObject* parent = nullptr);
    ~Source() override;

    // Subscribes. Nothing is emitted before start() or from inside it.
    void start();

    // Never null; the empty message until the first one arrives. Frozen while paused.
    const Snapshot& snapshot() const { return m_shown; }
    bool hasSnapshot() const { return m_hasSnapshot; }
    const v1::InfoResponse& info() const { return m_info; }
    // Where requests go, for people to copy.
    DataAddress dataAddress() const;
    bool isDemo() const { return m_info.demo() || m_shown->demo(); }
    const Freshness& freshness() const { return m_freshness; }
    // The gateway's clock, in µs since 1970 UTC; 0 before the first snapshot.
    qint64 gatewayNowUs() const;
    // Whose name a change carries: what the gateway calls us, else the account of this machine.
    QString actor() const;
    // Why the caller may change nothing, as a sentence for a tooltip; empty: it may.
    QString forbidden() const;

    // Pausing freezes the display, never the collection.
    bool isPaused() const { return m_paused; }
    qint64 waiting() const { return m_waiting; }  // snapshots held back since the pause
    void setPaused(bool paused);
    void togglePaused() { setPaused(!m_paused); }
    void retryNow();

    // The callback runs on the UI thread, or never when `context` died first.
    template <class Request>
    void call(const Request& request, QObject* context,
              std::function<void(api::Answer<api::ResponseOf<Request>>)> callback) {
        m_gateway->call(request, [guard = QPointer<QObject>(context), callback = std::move(callback)](auto answer) {
            if (guard) callback(std::move(answer));
        });
    }
    // For streams other than Watch (TailRequests). The subscription must not outlive the source.
    api::Gateway& gateway() { return *m_gateway; }

  Q_SIGNALS:
    void snapshotChanged();   // at most four times a second
    void freshnessChanged();  // at least once a second while not live
    void infoChanged();
    void pausedChanged();  // also when waiting() grew
    void ticked();         // once a second: the one timer for every countdown and age

  private:
    void subscribe();
    void accept(const v1::SnapshotResponse& message);
    void lose(const QString& reason);
    void publish();
    void tick();
    void refresh();
    void fetchInfo();

    std::unique_ptr<api::Gateway> m_gateway;
    SourceOptions m_options;
    std::unique_ptr<api::Subscription> m_subscription;
    Snapshot m_shown = std::make_shared<const v1::SnapshotResponse>();
    Snapshot m_pending;
    v1::InfoResponse m_info;
    Freshness m_freshness;
    QTimer m_coalesce;
    QTimer m_tick;
    QTimer m_reconnect;
    QString m_reason;
    int m_attempt = 0;
    bool m_hasSnapshot = false;
    bool m_paused = false;
    bool m_lost = true;
    bool m_infoKnown = false;
    bool m_infoAsked = false;
    qint64 m_waiting = 0;
    qint64 m_latestUs = 0;    // gateway time of the newest snapshot
    qint64 m_receivedMs = 0;  // steady time of it
    qint64 m_subscribedMs = 0;
    qint64 m_retryAtMs = 0;
    qint64 m_tickSteadyMs = 0;
    qint64 m_tickWallMs = 0;
};

}  // namespace signalbox::ui
