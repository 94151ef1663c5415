#include "ui/pages/breakers/breaker_inspector.h"

#include "ui/models/breaker_model.h"
#include "ui/models/fleet_words.h"
#include "ui/theme/format.h"
#include "ui/theme/icon.h"
#include "ui/widgets/scrolled.h"

namespace signalbox::ui {

BreakerInspector::BreakerInspector(Source& source, QWidget* parent)
    : QWidget(parent),
      m_state(new StateBadge(this)),
      m_cause(new ToneLabel(Tone::Plain, this)),
      m_hold(new ToneLabel(Tone::Busy, this)),
      m_redirect(new QPushButton(this)),
      m_acts(new ActBar(source, {Act::EndHold, Act::HoldOpen, Act::HoldClosed, Act::Reset, Act::Probe}, this)),
      m_facts(new FactList(this)),
      m_evidenceTitle(new ToneLabel(Tone::Muted, this)),
      m_links(new QVBoxLayout),
      m_details(new FactList(this)) {
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    for (auto* words : {m_cause, m_hold, m_evidenceTitle}) words->setWordWrap(true);
    m_links->setSpacing(2);
    for (auto* widget :
         std::initializer_list<QWidget*>{m_state, m_hold, m_cause, m_redirect, m_acts, m_facts, m_evidenceTitle}) {
        column->addWidget(widget);
    }
    column->addLayout(m_links);
    column->addWidget(m_details);
    column->addStretch();
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(scrolled(body, this));
    connect(m_redirect, &QPushButton::clicked, this, [this] { Q_EMIT redirectWanted(m_model); });
}

void BreakerInspector::showBreaker(const v1::Breaker* breaker, qint64 nowUs) {
    m_redirect->setVisible(breaker && !breaker->model().empty());
    for (auto* widget : std::initializer_list<QWidget*>{m_acts, m_facts, m_details}) widget->setVisible(breaker);
    if (!breaker) {
        m_acts->setTarget({});
        m_hold->hide();
        showEvidence({});
        m_state->setState(State::BreakerUnknown);
        m_cause->show();
        return m_cause->setText(tr("This breaker is no longer configured."));
    }
    m_model = text(breaker->model());
    m_redirect->setText(tr("Redirect %1…").arg(m_model));
    m_state->setState(shownState(*breaker));
    m_cause->setText(text(breaker->cause_text()));
    m_cause->setVisible(!m_cause->text().isEmpty());
    const bool held = breaker->has_hold();
    m_hold->setVisible(held);
    if (held) {
        const auto words = holdText(breaker->hold());
        const auto left = format::duration(breaker->hold().expires_unix_us() - nowUs);
        m_hold->setText(
            tr("%1\nends %2 UTC, %3 left")
                .arg(words.left(1).toUpper() + words.mid(1), format::clock(breaker->hold().expires_unix_us()), left));
    }
    offerActs(*breaker);
    m_facts->setFact(tr("Of the key"),
                     breaker->of_key() ? tr("the key is refused everywhere, not this target") : QString(), Tone::Warn);
    const auto since = breaker->since_unix_us();
    m_facts->setFact(tr("Since"), since > 0
                                      ? tr("%1 UTC (%2)").arg(format::clock(since), format::duration(nowUs - since))
                                      : QString());
    m_facts->setFact(tr("Health"), healthText(*breaker), look(healthOf(*breaker)).tone);
    showNext(*breaker, nowUs);
    showTraffic(*breaker, nowUs);
    showOutcomes(*breaker);
    showEvidence(*breaker);
}

void BreakerInspector::offerActs(const v1::Breaker& breaker) {
    m_acts->setTarget(text(breaker.target()));
    m_acts->setShown(Act::EndHold, breaker.has_hold());
    m_acts->setShown(Act::Probe, !breaker.has_hold());
    const auto state = breaker.state();
    const bool open = state == v1::BREAKER_STATE_OPEN;
    const bool probing = state == v1::BREAKER_STATE_HALF_OPEN;
    m_acts->offer(Act::Probe, probing ? tr("It is being probed already")
                              : open  ? QString()
                                      : tr("Only an open breaker is probed"));
}

void BreakerInspector::showOutcomes(const v1::Breaker& breaker) {
    const auto outcomes = tr("%n outcome(s)", nullptr, static_cast<int>(breaker.samples()));
    m_details->setFact(
        tr("Evidence"),
        breaker.insufficient_evidence() ? tr("○ insufficient (%1): neither good nor bad").arg(outcomes) : QString(),
        Tone::Cold);
    m_details->setFact(tr("Failed"), failedText(breaker));
    QStringList run;
    if (breaker.consecutive_faults() > 0) {
        run << tr("%n failure(s)", nullptr, static_cast<int>(breaker.consecutive_faults()));
    }
    if (breaker.structural_strikes() > 0) {
        run << tr("%n structural", nullptr, static_cast<int>(breaker.structural_strikes()));
    }
    m_details->setFact(tr("In a row"), run.join(QStringLiteral(", ")));
    m_details->setFact(tr("Code"), text(breaker.cause()));
    m_details->setFact(tr("Trips"), tr("%1 since start").arg(breaker.trips()));
    m_details->setFact(tr("In flight"),
                       breaker.in_flight_ceiling() > 0
                           ? tr("%1, at most %2").arg(breaker.in_flight()).arg(breaker.in_flight_ceiling())
                           : format::count(breaker.in_flight()));
}

void BreakerInspector::showNext(const v1::Breaker& breaker, qint64 nowUs) {
    const auto next = nextText(breaker, nowUs);
    m_facts->setFact(tr("Next"), next == format::dash() || breaker.has_hold() ? QString() : next);
    if (!breaker.has_free_check()) {
        const bool open = breaker.state() == v1::BREAKER_STATE_OPEN;
        return m_facts->setFact(tr("Free check"), open ? tr("none was made") : QString(), Tone::Muted);
    }
    const auto& check = breaker.free_check();
    auto words = checkText(check);
    if (check.has_next_unix_us() && check.next_unix_us() > nowUs) {
        words += tr("\nnext in %1").arg(format::duration(check.next_unix_us() - nowUs));
    }
    m_facts->setFact(tr("Free check"), words, check.verdict() == "alive" ? Tone::Ok : Tone::Plain);
}

void BreakerInspector::showTraffic(const v1::Breaker& breaker, qint64 nowUs) {
    const bool closed = isClosed(breaker.state());
    m_facts->setFact(tr("Served by"),
                     !breaker.served_by().empty() ? text(breaker.served_by())
                     : closed                     ? QString()
                                                  : tr("✕ nowhere: requests fail"),
                     breaker.served_by().empty() ? Tone::Critical : Tone::Plain);
    m_facts->setFact(tr("Diverted"), closed ? QString() : tr("%1 since then").arg(requestsText(breaker.diverted())));
    const bool outage = breaker.has_outage_began_unix_us();
    m_facts->setFact(tr("Outage"), outage ? tr("since %1 UTC (%2)")
                                                .arg(format::clock(breaker.outage_began_unix_us()),
                                                     format::duration(nowUs - breaker.outage_began_unix_us()))
                                          : QString());
    m_facts->setFact(tr("Wasted"), outage || breaker.wasted() > 0 ? tr("%n call(s) since the outage began", nullptr,
                                                                       static_cast<int>(breaker.wasted()))
                                                                  : QString());
}

void BreakerInspector::showEvidence(const v1::Breaker& breaker) {
    QString shown;
    for (const auto& evidence : breaker.evidence()) {
        shown += QString::number(evidence.at_unix_us()) + u'/' + text(evidence.request_id()) + u'\n';
    }
    m_evidenceTitle->setText(tr("Evidence: the outcomes that opened it, newest first"));
    m_evidenceTitle->setVisible(!shown.isEmpty());
    if (shown == m_evidence) return;
    m_evidence = shown;
    while (auto* item = m_links->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (int at = breaker.evidence_size() - 1; at >= 0; --at) {
        const auto& evidence = breaker.evidence(at);
        const auto id = text(evidence.request_id());
        const auto status = evidence.status() > 0 ? QString::number(evidence.status()) : format::dash();
        auto* link = new QPushButton(
            tr("%1   ✕ %2  %3").arg(format::clock(evidence.at_unix_us()), status, text(evidence.code())), this);
        link->setFlat(true);
        link->setIcon(icon(QStringLiteral("requests")));
        link->setToolTip(id.isEmpty() ? tr("A probe: no request behind it") : tr("Open the request %1").arg(id));
        link->setEnabled(!id.isEmpty());
        connect(link, &QPushButton::clicked, this, [this, id] { Q_EMIT openRequest(id); });
        m_links->addWidget(link, 0, Qt::AlignLeading);
        link->show();  // not only with the next turn of the event loop: that would flicker
    }
}

}  // namespace signalbox::ui
