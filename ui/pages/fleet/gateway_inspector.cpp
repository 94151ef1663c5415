#include "ui/pages/fleet/gateway_inspector.h"

#include <QVBoxLayout>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

GatewayInspector::GatewayInspector(QWidget* parent)
    : QWidget(parent),
      m_state(new StateBadge(this)),
      m_why(new ToneLabel(Tone::Plain, this)),
      m_facts(new FactList(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    m_why->setWordWrap(true);
    column->addWidget(m_state);
    column->addWidget(m_why);
    column->addWidget(m_facts);
    column->addStretch();
}

void GatewayInspector::showGateway(const Source& source) {
    const auto& snapshot = *source.snapshot();
    const auto& totals = snapshot.totals();
    const auto& info = source.info();
    const bool stale = source.freshness().level == Freshness::Level::Stale;
    m_state->setState(stale ? State::GatewayUnreachable : stateOf(snapshot.state()));
    m_why->setText(stale ? source.freshness().reason : text(snapshot.state_reason()));
    m_why->setVisible(!m_why->text().isEmpty());
    const auto latency = [&](const QString& name, bool known, qint64 us) {
        m_facts->setFact(name, known ? format::latency(us) : format::dash());
    };
    m_facts->setFact(tr("Gateway"), text(snapshot.name()));
    m_facts->setFact(tr("Region"), text(snapshot.region()));
    m_facts->setFact(tr("Up"), info.started_unix_us() > 0
                                   ? format::duration(source.gatewayNowUs() - info.started_unix_us())
                                   : QString());
    m_facts->setFact(tr("Requests"),
                     tr("%1 since start · %2/s now")
                         .arg(format::count(totals.requests_total()), format::rate(totals.requests_per_second())));
    m_facts->setFact(tr("Fallback"), requestsText(totals.fallback_total()));
    m_facts->setFact(tr("Failed"), requestsText(totals.failed_total()),
                     totals.failed_total() > 0 ? Tone::Critical : Tone::Plain);
    m_facts->setFact(tr("Shed"), requestsText(totals.shed_total()));
    m_facts->setFact(tr("Cancelled"), tr("%1 by their clients").arg(format::count(totals.cancelled_total())));
    latency(tr("Total p50"), totals.has_total_p50_us(), totals.total_p50_us());
    latency(tr("Total p99"), totals.has_total_p99_us(), totals.total_p99_us());
    latency(tr("Overhead p99"), totals.has_overhead_p99_us(), totals.overhead_p99_us());
    m_facts->setFact(tr("Cost"), tr("%1 since start").arg(format::money(totals.cost_microusd_total())));
    m_facts->setFact(tr("Connections"), format::count(totals.connections()));
    m_facts->setFact(tr("Data address"), source.dataAddress().url);
    m_facts->setFact(tr("Control address"), text(info.control_url()));
    m_facts->setFact(tr("Configuration"), info.demo() ? tr("built-in demo") : text(info.config_path()));
    m_facts->setFact(tr("Config revision"), QString::number(snapshot.config_revision()));
    m_facts->setFact(tr("Version"), text(info.version()));
    m_facts->setFact(tr("You are"),
                     info.role().empty() ? QString() : tr("%1 (%2)").arg(source.actor(), text(info.role())));
}

}  // namespace signalbox::ui
