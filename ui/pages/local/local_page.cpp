#include "ui/pages/local/local_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

using Phase = LocalGatewayState::Phase;

struct PhaseLook {
    QString words;
    Tone tone;
};

PhaseLook lookOf(Phase phase) {
    switch (phase) {
        case Phase::Starting:
            return {LocalPage::tr("↻ Starting"), Tone::Busy};
        case Phase::Running:
            return {LocalPage::tr("● Running"), Tone::Ok};
        case Phase::Stopping:
            return {LocalPage::tr("▽ Draining"), Tone::Busy};
        case Phase::Failed:
            return {LocalPage::tr("■ Failed"), Tone::Critical};
        case Phase::Stopped:
            break;
    }
    return {LocalPage::tr("○ Stopped"), Tone::Muted};
}

}  // namespace

LocalPage::LocalPage(Source& source, LocalGatewayControl* control, QWidget* parent)
    : Page(source, parent), m_control(control), m_feed(source, m_recent) {
    m_failure = new Notice(this);
    m_failure->setDismissable(false);
    m_connect = new ConnectCard(this);
    m_tryIt = new TryIt(this);
    m_log = new LogTail(this);
    auto* bottom = new QSplitter(Qt::Horizontal, this);
    bottom->setChildrenCollapsible(false);
    bottom->addWidget(buildRecent());
    bottom->addWidget(m_log);
    bottom->setSizes({3000, 2000});  // shares, not pixels: the table's columns need more than half
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(12);
    column->addLayout(buildHead());
    column->addWidget(m_failure);
    column->addWidget(m_connect);
    column->addWidget(m_tryIt);
    column->addWidget(bottom, 1);
    connect(m_tryIt, &TryIt::modelChanged, this, &LocalPage::refresh);
    connect(m_tryIt, &TryIt::openRequest, this, &Page::openRequest);
    connect(m_connect, &ConnectCard::told, this, &Page::told);
    connect(&source, &Source::infoChanged, this, &LocalPage::refresh);
    connectControl();
    refresh();
}

QLayout* LocalPage::buildHead() {
    m_state = new ToneLabel(Tone::Muted, this);
    m_facts = new ToneLabel(Tone::Muted, this);
    m_port = new QSpinBox(this);
    m_port->setRange(1, 65535);
    m_port->setAccessibleName(tr("Port"));
    m_start = new QPushButton(this);
    m_stop = new QPushButton(tr("Stop"), this);
    auto* line = new QHBoxLayout;
    line->addWidget(m_state);
    line->addWidget(m_facts, 1);
    auto* portLabel = new QLabel(tr("Port"), this);
    line->addWidget(portLabel);
    line->addWidget(m_port);
    for (auto* widget : std::initializer_list<QWidget*>{portLabel, m_port}) widget->setVisible(m_control != nullptr);
    line->addWidget(m_start);
    line->addWidget(m_stop);
    return line;
}

QWidget* LocalPage::buildRecent() {
    auto* box = new QWidget(this);
    m_table = new LiveTableView(tr("Recent requests"), u"local-requests"_s, box);
    if (m_control)  // it shares the line with the log
        m_table->setDefaultColumns({u"time"_s, u"outcome"_s, u"status"_s, u"requested"_s, u"route"_s, u"total"_s});
    m_table->setModel(&m_recent);
    m_table->horizontalHeader()->setSectionsClickable(false);
    m_table->horizontalHeader()->setSortIndicatorShown(false);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(new QLabel(tr("Recent requests (Enter opens one)"), box));
    column->addWidget(m_table, 1);
    connect(m_table, &LiveTableView::opened, this, &Page::openRequest);
    return box;
}

void LocalPage::connectControl() {
    m_log->setVisible(m_control != nullptr);
    if (!m_control) {
        const QString reason = tr("This gateway runs elsewhere; it is started and stopped there.");
        for (auto* widget : {m_start, m_stop}) {
            widget->setEnabled(false);
            widget->setToolTip(reason);
        }
        m_start->setText(tr("Start"));
        return;
    }
    m_port->setValue(m_control->state().port);
    for (const LogLine& line : m_control->log()) m_log->add(line);
    connect(m_control, &LocalGatewayControl::logged, m_log, &LogTail::add);
    connect(m_control, &LocalGatewayControl::stateChanged, this, &LocalPage::refresh);
    connect(m_port, &QSpinBox::valueChanged, this, &LocalPage::showButtons);
    connect(m_start, &QPushButton::clicked, this, [this] { m_control->start(m_port->value()); });
    connect(m_stop, &QPushButton::clicked, m_control, &LocalGatewayControl::stop);
}

bool LocalPage::isRunning() const {
    if (m_control) return m_control->state().phase == Phase::Running;
    return source().freshness().level == Freshness::Level::Live || source().freshness().level == Freshness::Level::Old;
}

void LocalPage::refresh() {
    const auto address = isRunning() ? source().dataAddress() : DataAddress();
    m_tryIt->update(*source().snapshot(), address, source().info().auth_required());
    m_connect->show(address.url, m_tryIt->model());
    showState();
}

void LocalPage::showState() {
    const PhaseLook look = m_control     ? lookOf(m_control->state().phase)
                           : isRunning() ? lookOf(Phase::Running)
                                         : PhaseLook{tr("◌ Unreachable"), Tone::Critical};
    m_state->setTone(look.tone);
    m_state->setText(look.words);
    m_facts->setText(facts());
    if (!m_control) return;
    const LocalGatewayState state = m_control->state();
    m_failure->say(Tone::Critical,
                   state.phase == Phase::Failed ? tr("It did not start: %1").arg(state.failure) : QString());
    showButtons();
}

void LocalPage::showButtons() {
    const LocalGatewayState state = m_control->state();
    const bool running = state.phase == Phase::Running;
    const bool busy = state.phase == Phase::Starting || state.phase == Phase::Stopping;
    const bool moves = running && m_port->value() != state.port;
    m_start->setText(moves ? tr("Restart on port %1").arg(m_port->value()) : running ? tr("Restart") : tr("Start"));
    m_start->setEnabled(!busy);
    m_stop->setEnabled(running);
    m_stop->setToolTip(running ? tr("Requests in flight are finished first") : tr("It is not running"));
}

QString LocalPage::facts() const {
    const QString path = m_control ? m_control->state().configPath : text(source().info().config_path());
    QStringList facts;
    if (isRunning() && source().hasSnapshot()) {
        const v1::InfoResponse& info = source().info();
        facts << tr("pid %1").arg(info.pid())
              << tr("up %1").arg(format::duration(source().gatewayNowUs() - info.started_unix_us()))
              << tr("configuration %1").arg(source().snapshot()->config_revision());
    }
    facts << (path.isEmpty() ? tr("built-in demo") : path);
    return facts.join(u" · "_s);
}

void LocalPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_feed.setActive(true);
}

void LocalPage::hideEvent(QHideEvent* event) {
    m_feed.setActive(false);
    Page::hideEvent(event);
}

}  // namespace signalbox::ui
