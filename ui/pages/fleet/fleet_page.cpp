#include "ui/pages/fleet/fleet_page.h"

#include <QStackedLayout>
#include <QVBoxLayout>

#include <cmath>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

constexpr int mostGateways = 6;
constexpr int windowPoints = 4;  // of the 15 s points: the minute the change compares

// The mean of the last minute against the minute before; nothing while there is no minute before.
std::optional<double> change(const QList<double>& points) {
    if (points.size() < 2 * windowPoints) return std::nullopt;
    double now = 0;
    double before = 0;
    for (int at = 1; at <= windowPoints; ++at) {
        now += points[points.size() - at];
        before += points[points.size() - windowPoints - at];
    }
    return (now - before) / windowPoints;
}

}  // namespace

FleetPage::FleetPage(Source& source, QWidget* parent)
    : Page(source, parent),
      m_figures(new MetricStrip(this)),
      m_problems(new ProblemList(this)),
      m_gateways(new LiveTableView(tr("Gateways"), QStringLiteral("fleet"), this)),
      m_modelTable(new LiveTableView(tr("Models"), QStringLiteral("models"), this)),
      m_inspector(new GatewayInspector(this)),
      m_empty(new EmptyState(this)),
      m_stack(new QStackedLayout(this)) {
    m_inspector->hide();
    auto* content = new QWidget(this);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    column->addWidget(m_figures);
    column->addWidget(m_problems);
    column->addWidget(mutedLabel(tr("Gateways"), content));
    column->addWidget(m_gateways);
    column->addWidget(mutedLabel(tr("Models"), content));
    column->addWidget(m_modelTable, 1);
    m_stack->addWidget(content);
    m_stack->addWidget(m_empty);
    m_gateways->setModel(&m_fleet);
    m_gateways->fitTo(mostGateways);
    m_modelTable->setModel(&m_models);
    connect(m_gateways, &LiveTableView::selectedIdChanged, this, &Page::inspectorChanged);
    connect(m_modelTable, &LiveTableView::actionClicked, this, &Page::redirectWanted);
    connect(m_problems, &ProblemList::redirectWanted, this, &Page::redirectWanted);
    connect(m_problems, &ProblemList::opened, this,
            [this](const QString&, const QString& object) { Q_EMIT openBreaker(object); });
    for (auto* table : {m_gateways, m_modelTable}) {
        connect(table, &LiveTableView::pauseToggled, &source, &Source::togglePaused);
    }
    connect(&source, &Source::freshnessChanged, this, &FleetPage::say);
    say();
}

QWidget* FleetPage::inspector() {
    return m_gateways->selectedId().isEmpty() ? nullptr : m_inspector;
}
QString FleetPage::inspectorTitle() const {
    return m_gateways->selectedId();
}
void FleetPage::clearSelection() {
    m_gateways->clearSelectedId();
}

QString FleetPage::redirectModel() const {
    if (const auto model = m_modelTable->selectedId(); !model.isEmpty()) return model;
    const auto& problems = source().snapshot()->problems();
    return problems.empty() ? QString() : text(problems.Get(0).model());
}

void FleetPage::say() {
    m_stack->setCurrentIndex(source().hasSnapshot() ? 0 : 1);
    const auto& freshness = source().freshness();
    m_figures->setStale(freshness.level == Freshness::Level::Stale);
    if (freshness.attempt == 0) return m_empty->say(tr("Connecting to the gateway…"), {});
    m_empty->say(tr("No gateway answers"),
                 tr("%1\nTrying again by itself (try %2). Is the gateway running, and is the address right?")
                     .arg(freshness.reason)
                     .arg(freshness.attempt));
}

void FleetPage::refresh() {
    say();
    m_fleet.update(source());
    m_models.update(source());
    m_problems->showProblems(source());
    m_inspector->showGateway(source());
    showFigures();
}

void FleetPage::showFigures() {
    const auto& totals = source().snapshot()->totals();
    const Spark requests{{totals.requests_per_second_15m().begin(), totals.requests_per_second_15m().end()},
                         {totals.errors_per_second_15m().begin(), totals.errors_per_second_15m().end()}};
    const auto samples = tr("Last minute, %n request(s)", nullptr, static_cast<int>(totals.window_samples()));
    Metric rate{tr("REQUESTS/S"), format::rate(totals.requests_per_second())};
    rate.spark = requests;
    rate.tip = tr("Requests per second, last minute; the change is against the minute before");
    if (const auto difference = change(requests.line)) rate.change = format::percentPoints(*difference);
    Metric served{tr("SERVED"), format::percent(SIGNALBOX_OPTIONAL(totals, served_percent))};
    served.tip = tr("Answered well, after retries and fallback. %1").arg(samples);
    if (totals.has_served_percent() && totals.served_percent() < 99) {
        served.tone = totals.served_percent() < 95 ? Tone::Critical : Tone::Warn;
    }
    Metric fallback{tr("FALLBACK"), format::percent(SIGNALBOX_OPTIONAL(totals, fallback_percent))};
    fallback.tip = tr("Served by another model than the first choice. %1").arg(samples);
    if (totals.has_fallback_percent() && totals.fallback_percent() > 5) fallback.tone = Tone::Warn;
    Metric first{tr("TTFT P95"), format::latency(SIGNALBOX_OPTIONAL(totals, first_token_p95_us))};
    first.tip = tr("Time to first token, 95th percentile. %1").arg(samples);
    Metric shed{tr("SHED/S"), format::rate(totals.shed_per_second())};
    shed.tip = tr("Requests refused at admission, per second");
    if (totals.shed_per_second() > 0) shed.tone = Tone::Warn;
    Metric load{tr("IN FLIGHT"), format::count(totals.in_flight())};
    if (totals.queued() > 0) load.change = tr("+%1 queued").arg(totals.queued());
    load.changeTone = Tone::Warn;
    load.tip = tr("Requests being served now, and those waiting for a slot");
    m_figures->setMetrics({rate, served, fallback, first, shed, load});
}

}  // namespace signalbox::ui
