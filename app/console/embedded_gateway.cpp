#include "app/console/embedded_gateway.h"

#include <QStringList>
#include <QTimer>
#include <QUrl>

namespace signalbox::console {

namespace {

constexpr std::size_t mostLines = 500;
constexpr int reloadCheckMs = 1000;
using Phase = ui::LocalGatewayState::Phase;

QString sentence(const host::StartFailure& failure) {
    QStringList lines;
    for (const auto& line : failure.lines) lines << QString::fromStdString(line);
    return lines.join(u'\n');
}

}  // namespace

void EmbeddedGateway::TeeLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    m_stderr.write(level, event, fields);
    ui::LogLine line{level, QString::fromStdString(adapters::log_line_text(level, event, fields))};
    QMetaObject::invokeMethod(
        &m_owner, [owner = &m_owner, line = std::move(line)] { owner->remember(line); }, Qt::QueuedConnection);
}

EmbeddedGateway::EmbeddedGateway(host::HostOptions options)
    : m_options(std::move(options)), m_log(*this), m_current(std::make_shared<CurrentGateway>()) {
    auto* reload = new QTimer(this);
    connect(reload, &QTimer::timeout, this, [this] {
        if (m_host) m_host->reload_if_changed();
    });
    reload->start(reloadCheckMs);
}

EmbeddedGateway::~EmbeddedGateway() {
    if (m_worker.joinable()) m_worker.join();
    m_current->gateway.reset();
    if (m_started && *m_started) m_host = std::move(*m_started);  // it started when nobody listened any more
    if (m_host) m_host->drain();
    m_host.reset();  // it writes to the log to its end
}

std::expected<void, host::StartFailure> EmbeddedGateway::startNow() {
    auto started = host::GatewayHost::start(m_options, m_log);
    if (!started) return std::unexpected(started.error());
    adopt(std::move(*started));
    return {};
}

std::unique_ptr<api::Gateway> EmbeddedGateway::gateway() {
    return std::make_unique<FollowingGateway>(m_current);
}

void EmbeddedGateway::start(int port) {
    if (m_state.phase == Phase::Starting || m_state.phase == Phase::Stopping) return;
    // Another port on the same address; the same port is what the configuration, or the last move, says.
    if (port != m_state.port) m_options.listen = core::HostPort{m_address, static_cast<std::uint16_t>(port)};
    m_state.port = port;
    become(Phase::Starting);
    change(true);
}

void EmbeddedGateway::stop() {
    if (m_state.phase != Phase::Running) return;
    become(Phase::Stopping);
    change(false);
}

void EmbeddedGateway::change(bool startAgain) {
    m_current->gateway.reset();
    m_worker = std::thread([this, startAgain, old = std::move(m_host), options = m_options]() mutable {
        if (old) old->drain();
        old.reset();
        if (startAgain) m_started = host::GatewayHost::start(options, m_log);
        QMetaObject::invokeMethod(this, [this, startAgain] { finish(startAgain); }, Qt::QueuedConnection);
    });
}

void EmbeddedGateway::finish(bool wanted) {
    m_worker.join();
    auto started = std::exchange(m_started, {});
    if (!wanted) return become(Phase::Stopped);
    if (!started) return become(Phase::Failed, sentence(started.error()));
    adopt(std::move(*started));
}

void EmbeddedGateway::adopt(std::unique_ptr<host::GatewayHost> host) {
    m_host = std::move(host);
    m_current->gateway = std::make_unique<ui::UiThreadGateway>(m_host->gateway());
    const QUrl url(QString::fromStdString(m_host->data_url()));
    m_address = url.host().toStdString();
    m_state.port = url.port(m_state.port);
    m_state.configPath = QString::fromStdString(m_host->config_path().value_or(std::string()));
    become(Phase::Running);
}

void EmbeddedGateway::become(Phase phase, const QString& failure) {
    m_state.phase = phase;
    m_state.failure = failure;
    Q_EMIT stateChanged();
}

void EmbeddedGateway::remember(ui::LogLine line) {
    m_lines.push_back(line);
    if (m_lines.size() > mostLines) m_lines.pop_front();
    Q_EMIT logged(line);
}

}  // namespace signalbox::console
