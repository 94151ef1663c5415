#include "ui/models/source.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QRandomGenerator>

#include <algorithm>
#include <array>

namespace signalbox::ui {

namespace {

constexpr int publishEveryMs = 250;
constexpr qint64 clockJumpMs = 5000;
constexpr qint64 silenceMs = 15'000;  // a stream that says nothing for so long is taken for dead
constexpr std::array<qint64, 6> backoffMs{500, 1000, 2000, 4000, 8000, 15'000};

qint64 backoff(int attempt) {
    const auto index = std::clamp<std::size_t>(static_cast<std::size_t>(attempt), 1, backoffMs.size()) - 1;
    const double jitter = 0.8 + 0.4 * QRandomGenerator::global()->generateDouble();
    return static_cast<qint64>(static_cast<double>(backoffMs.at(index)) * jitter);
}

}  // namespace

Clock Clock::system() {
    QElapsedTimer timer;
    timer.start();
    return {[timer] { return timer.elapsed(); }, [] { return QDateTime::currentMSecsSinceEpoch(); }};
}

Source::Source(std::unique_ptr<api::Gateway> gateway, SourceOptions options, QObject* parent)
    : QObject(parent), m_gateway(std::move(gateway)), m_options(std::move(options)) {
    m_coalesce.setSingleShot(true);
    m_coalesce.setInterval(publishEveryMs);
    connect(&m_coalesce, &QTimer::timeout, this, [this] {
        if (m_pending && !m_paused) publish();
    });
    m_reconnect.setSingleShot(true);
    connect(&m_reconnect, &QTimer::timeout, this, &Source::subscribe);
    m_tick.setInterval(1000);
    m_tick.setTimerType(Qt::PreciseTimer);
    connect(&m_tick, &QTimer::timeout, this, &Source::tick);
}

Source::~Source() {
    m_subscription.reset();
    m_gateway.reset();  // pending replies fail now, while their contexts can still be asked for
}

void Source::start() {
    m_tickSteadyMs = m_options.clock.steadyMs();
    m_tickWallMs = m_options.clock.wallMs();
    m_tick.start();
    m_reconnect.start(0);
}

qint64 Source::gatewayNowUs() const {
    if (!m_hasSnapshot) return 0;
    return m_latestUs + (m_options.clock.steadyMs() - m_receivedMs) * 1000;
}

DataAddress Source::dataAddress() const {
    return ui::dataAddress(QString::fromStdString(m_info.data_url()), m_options.gatewayHost);
}

QString Source::actor() const {
    if (!m_info.actor().empty()) return QString::fromStdString(m_info.actor());
    for (const char* name : {"USER", "USERNAME"}) {
        if (const auto user = qEnvironmentVariable(name); !user.isEmpty()) return user;
    }
    return QStringLiteral("console");
}

QString Source::forbidden() const {
    if (m_info.role() != "viewer") return {};
    return tr("You are signed in as a viewer: changing something needs the role operator");
}

void Source::setPaused(bool paused) {
    if (paused == m_paused) return;
    m_paused = paused;
    m_waiting = 0;
    Q_EMIT pausedChanged();
    if (!m_paused && m_pending) publish();
}

void Source::retryNow() {
    m_reconnect.stop();
    subscribe();
}

void Source::subscribe() {
    m_retryAtMs = 0;
    m_subscribedMs = m_options.clock.steadyMs();
    m_infoKnown = false;
    api::AnySink sink;
    sink.next = [this](const google::protobuf::Message& message) {
        accept(static_cast<const v1::SnapshotResponse&>(message));
    };
    sink.ended = [this](const api::Failure& failure) { lose(QString::fromStdString(failure.message)); };
    m_subscription.reset();
    m_subscription = m_gateway->subscribe_any(*api::find_method("Watch"), v1::SnapshotRequest{}, std::move(sink));
    fetchInfo();
    refresh();
}

void Source::fetchInfo() {
    m_infoAsked = true;
    call(v1::InfoRequest{}, this, [this](api::Answer<v1::InfoResponse> answer) {
        m_infoAsked = false;
        if (!answer) return;
        m_infoKnown = true;
        m_info = std::move(*answer);
        Q_EMIT infoChanged();
    });
}

void Source::accept(const v1::SnapshotResponse& message) {
    m_pending = std::make_shared<const v1::SnapshotResponse>(message);
    m_latestUs = message.now_unix_us();
    m_receivedMs = m_options.clock.steadyMs();
    m_lost = false;
    m_attempt = 0;
    m_reason.clear();
    const bool first = !m_hasSnapshot;
    m_hasSnapshot = true;
    if (first) {
        publish();
    } else if (m_paused) {
        ++m_waiting;
        Q_EMIT pausedChanged();
    } else if (!m_coalesce.isActive()) {
        publish();
    }
    refresh();
}

void Source::publish() {
    m_shown = std::move(m_pending);
    m_pending.reset();
    m_coalesce.start();
    Q_EMIT snapshotChanged();
}

// The subscription itself is dropped on the next attempt: this runs inside one of its calls.
void Source::lose(const QString& reason) {
    m_lost = true;
    m_reason = reason;
    ++m_attempt;
    const auto wait = backoff(m_attempt);
    m_retryAtMs = m_options.clock.steadyMs() + wait;
    m_reconnect.start(static_cast<int>(wait));
    refresh();
}

void Source::tick() {
    const auto steady = m_options.clock.steadyMs();
    const auto wall = m_options.clock.wallMs();
    const bool jumped = std::abs((wall - m_tickWallMs) - (steady - m_tickSteadyMs)) > clockJumpMs;
    m_tickSteadyMs = steady;
    m_tickWallMs = wall;
    if (jumped) {
        lose(tr("This computer slept or its clock was changed"));
    } else if (!m_reconnect.isActive() && steady - std::max(m_receivedMs, m_subscribedMs) > silenceMs) {
        lose(tr("The gateway sends nothing"));
    } else if (!m_infoKnown && !m_infoAsked && !m_lost) {
        fetchInfo();
    }
    refresh();
    Q_EMIT ticked();
}

void Source::refresh() {
    const auto now = m_options.clock.steadyMs();
    Freshness next;
    next.attempt = m_attempt;
    next.reason = m_reason;
    next.retryInMs = m_retryAtMs > 0 ? std::max<qint64>(0, m_retryAtMs - now) : 0;
    if (m_hasSnapshot) {
        next.ageMs = now - m_receivedMs;
        if (m_lost || next.ageMs > 5 * m_options.pollMs) {
            next.level = Freshness::Level::Stale;
        } else if (next.ageMs > 2 * m_options.pollMs) {
            next.level = Freshness::Level::Old;
        } else {
            next.level = Freshness::Level::Live;
        }
    }
    if (next == m_freshness) return;
    m_freshness = next;
    Q_EMIT freshnessChanged();
}

}  // namespace signalbox::ui
