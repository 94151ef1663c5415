#include "ui/pages/models/deployment_inspector.h"

#include <QVBoxLayout>

#include "ui/models/fleet_words.h"
#include "ui/theme/format.h"
#include "ui/widgets/scrolled.h"

namespace signalbox::ui {

DeploymentInspector::DeploymentInspector(Source& source, QWidget* parent)
    : QWidget(parent),
      m_state(new StateBadge(this)),
      m_trouble(new Notice(this)),
      m_acts(new ActBar(source, {Act::Drain, Act::TakeBack, Act::Warm}, this)),
      m_breaker(new QPushButton(this)),
      m_slots(new FactList(this)),
      m_memory(new FactList(this)),
      m_capacity(new FactList(this)) {
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    m_trouble->setDismissable(false);
    column->addWidget(m_state);
    column->addWidget(m_trouble);
    column->addWidget(m_acts);
    column->addWidget(m_slots);
    column->addWidget(mutedLabel(tr("KV memory of our reservations"), body));
    column->addWidget(m_memory);
    column->addWidget(mutedLabel(tr("What it can take"), body));
    column->addWidget(m_breaker, 0, Qt::AlignLeading);
    column->addWidget(m_capacity);
    column->addStretch();
    m_breaker->setFlat(true);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(scrolled(body, this));
    connect(m_breaker, &QPushButton::clicked, this, [this] { Q_EMIT breakersWanted(m_name); });
}

void DeploymentInspector::showDeployment(const v1::Deployment* deployment, qint64 nowUs) {
    m_acts->setVisible(deployment);
    m_breaker->setVisible(deployment);
    if (!deployment) {
        m_acts->setTarget({});
        m_state->setState(State::SlotUnknown);
        return m_trouble->say(Tone::Muted, tr("This deployment is no longer configured."));
    }
    m_name = text(deployment->name());
    m_state->setState(slotOf(*deployment));
    const auto trouble = text(deployment->slots().trouble());
    m_trouble->say(Tone::Warn, trouble.isEmpty() ? QString() : tr("Its source does not answer: %1").arg(trouble));
    offerActs(*deployment);
    showSlots(*deployment, nowUs);
    showMemory(*deployment);
    showCapacity(*deployment);
}

void DeploymentInspector::offerActs(const v1::Deployment& deployment) {
    const auto slot = slotOf(deployment);
    const bool warm = slot == State::SlotWarmIdle || slot == State::SlotWarmBusy;
    m_acts->setTarget(m_name);
    m_acts->setShown(Act::Drain, !deployment.draining());
    m_acts->setShown(Act::TakeBack, deployment.draining());
    m_acts->offer(Act::Warm, warm                         ? tr("It is in memory already")
                             : slot == State::SlotWarming ? tr("It is being loaded already")
                                                          : QString());
}

void DeploymentInspector::showSlots(const v1::Deployment& deployment, qint64 nowUs) {
    const auto& slots = deployment.slots();
    const bool known = knowsCounts(deployment);
    const auto figure = look(figureOf(deployment.has_slots() ? slots.provenance() : v1::PROVENANCE_UNKNOWN));
    m_slots->setFact(tr("Busy / slots"), known ? busyText(deployment) : look(State::FigureUnknown).text(),
                     known ? Tone::Plain : Tone::Cold);
    m_slots->setFact(tr("How known"), figure.glyph + u' ' + figure.spoken, figure.tone);
    m_slots->setFact(tr("Source"), text(slots.source()));
    const auto seen =
        slots.has_seen_unix_us() ? tr("%1 ago").arg(format::age(nowUs - slots.seen_unix_us())) : QString();
    m_slots->setFact(tr("Last answer"), slots.stale() && !seen.isEmpty() ? tr("◌ stale: %1").arg(seen) : seen,
                     slots.stale() ? Tone::Warn : Tone::Plain);
    m_slots->setFact(tr("Queue there"),
                     slots.has_queued() && !slots.stale() ? tr("%1 waiting").arg(slots.queued()) : QString());
    m_slots->setFact(tr("Load time"), slots.has_load_time_us() ? format::latency(slots.load_time_us()) : QString());
    m_slots->setFact(tr("Stays warm"), slots.has_warm_until_unix_us() && slots.warm_until_unix_us() > nowUs
                                           ? tr("%1 more").arg(format::duration(slots.warm_until_unix_us() - nowUs))
                                           : QString());
}

void DeploymentInspector::showMemory(const v1::Deployment& deployment) {
    const auto& slots = deployment.slots();
    const bool known = knowsMemory(deployment);
    const auto figure = look(figureOf(known ? slots.kv_provenance() : v1::PROVENANCE_UNKNOWN));
    m_memory->setFact(tr("Expected"), known ? format::bytes(slots.kv_expected_bytes()) : QString());
    m_memory->setFact(tr("At worst"), known ? format::bytes(slots.kv_worst_bytes()) : QString(),
                      slots.kv_worst_bytes() > slots.kv_budget_bytes() ? Tone::Warn : Tone::Plain);
    m_memory->setFact(tr("Budget"), known ? format::bytes(slots.kv_budget_bytes()) : look(State::FigureUnknown).text(),
                      known ? Tone::Plain : Tone::Cold);
    m_memory->setFact(tr("Per token"),
                      known && slots.has_kv_bytes_per_token() ? format::bytes(slots.kv_bytes_per_token()) : QString());
    m_memory->setFact(tr("How known"), known ? figure.text() : QString(), figure.tone);
}

void DeploymentInspector::showCapacity(const v1::Deployment& deployment) {
    const auto breaker = look(stateOf(deployment.breaker()));
    m_breaker->setText(tr("Breaker: %1").arg(breaker.text()));
    m_breaker->setToolTip(tr("%1. Open its breakers").arg(breaker.spoken));
    const auto limit = [](bool known, qint64 value) { return known ? QString::number(value) : tr("none"); };
    m_capacity->setFact(tr("In flight"), format::count(deployment.in_flight()));
    m_capacity->setFact(tr("Ceiling"),
                        tr("%1 by the ramp, %2 configured")
                            .arg(limit(deployment.in_flight_ceiling() > 0, deployment.in_flight_ceiling()),
                                 limit(deployment.has_in_flight_limit(), deployment.in_flight_limit())));
    m_capacity->setFact(tr("TTFT"), format::latency(SIGNALBOX_OPTIONAL(deployment, first_token_ewma_us)));
    m_capacity->setFact(tr("Tokens/s"), format::fixed(SIGNALBOX_OPTIONAL(deployment, tokens_per_second), 1));
    m_capacity->setFact(tr("Headroom"),
                        deployment.has_headroom_percent() ? format::percent(deployment.headroom_percent())
                                                          : tr("none of its rate limits are known"),
                        deployment.has_headroom_percent() ? Tone::Plain : Tone::Muted);
    m_capacity->setFact(tr("Price"), tr("$ %1 per million tokens in / out").arg(priceText(deployment)));
    m_capacity->setFact(tr("Context"), deployment.has_context()
                                           ? tr("%1 tokens").arg(format::count(deployment.context()))
                                           : tr("unknown"));
    m_capacity->setFact(tr("Zone"), zoneText(deployment));
    m_capacity->setFact(tr("Retires"), text(deployment.retires()));
    m_capacity->setFact(tr("Provider"),
                        deployment.provider_kind().empty()
                            ? text(deployment.provider())
                            : tr("%1 (%2)").arg(text(deployment.provider()), text(deployment.provider_kind())));
    m_capacity->setFact(tr("Weight"),
                        tr("%1, order %2").arg(format::fixed(deployment.weight(), 1)).arg(deployment.order()));
}

}  // namespace signalbox::ui
