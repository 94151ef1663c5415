#include "ui/pages/breakers/breaker_inspector.h"

#include "ui/models/breaker_model.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/theme/icon.h"

namespace signalbox::ui {

BreakerInspector::BreakerInspector(QWidget* parent)
    : QWidget(parent),
      m_state(new StateBadge(this)),
      m_cause(new ToneLabel(Tone::Plain, this)),
      m_redirect(new QPushButton(this)),
      m_facts(new FactList(this)),
      m_evidenceTitle(new ToneLabel(Tone::Muted, this)),
      m_links(new QVBoxLayout) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    m_cause->setWordWrap(true);
    m_links->setSpacing(2);
    for (auto* widget : std::initializer_list<QWidget*>{m_state, m_cause, m_redirect, m_facts, m_evidenceTitle}) {
        column->addWidget(widget);
    }
    column->addLayout(m_links);
    column->addStretch();
    connect(m_redirect, &QPushButton::clicked, this, [this] { Q_EMIT redirectWanted(m_model); });
}

void BreakerInspector::showBreaker(const v1::Breaker* breaker, qint64 nowUs) {
    if (!breaker) {
        m_state->setState(State::BreakerUnknown);
        m_cause->setText(tr("This breaker is no longer configured."));
        m_redirect->hide();
        return;
    }
    const bool closed = isClosed(breaker->state());
    m_model = text(breaker->model());
    m_state->setState(stateOf(breaker->state()));
    m_cause->setText(text(breaker->cause_text()));
    m_cause->setVisible(!m_cause->text().isEmpty());
    m_redirect->setText(tr("Redirect %1…").arg(m_model));
    m_redirect->setVisible(!m_model.isEmpty());
    const auto since = breaker->since_unix_us();
    m_facts->setFact(tr("Target"), text(breaker->target()));
    m_facts->setFact(tr("Since"), since > 0
                                      ? tr("%1 UTC (%2)").arg(format::clock(since), format::duration(nowUs - since))
                                      : QString());
    m_facts->setFact(tr("Cause"), text(breaker->cause()));
    const auto next = nextText(*breaker, nowUs);
    m_facts->setFact(tr("Next"), next == format::dash() ? QString() : next);
    m_facts->setFact(tr("Served by"),
                     !breaker->served_by().empty() ? text(breaker->served_by())
                     : closed                      ? QString()
                                                   : tr("✕ nowhere: requests fail"),
                     breaker->served_by().empty() ? Tone::Critical : Tone::Plain);
    m_facts->setFact(tr("Diverted"), closed ? QString() : tr("%1 since then").arg(requestsText(breaker->diverted())));
    m_facts->setFact(
        tr("Failed"),
        breaker->has_failure_percent()
            ? tr("%1 of %2 outcomes; it opens at %3")
                  .arg(format::percent(breaker->failure_percent()), format::count(breaker->samples()),
                       format::percent(breaker->threshold_percent()))
            : tr("no outcome in the window; it opens at %1").arg(format::percent(breaker->threshold_percent())));
    m_facts->setFact(tr("In a row"), breaker->consecutive_faults() > 0
                                         ? tr("%n failure(s)", nullptr, static_cast<int>(breaker->consecutive_faults()))
                                         : QString());
    m_facts->setFact(tr("Trips"), tr("%1 since start").arg(breaker->trips()));
    m_facts->setFact(tr("Health"), text(breaker->health()));
    showEvidence(*breaker);
}

void BreakerInspector::showEvidence(const v1::Breaker& breaker) {
    QStringList ids;
    for (const auto& evidence : breaker.evidence()) ids << text(evidence.request_id());
    m_evidenceTitle->setText(tr("Evidence: the outcomes that opened it, newest first"));
    m_evidenceTitle->setVisible(!ids.isEmpty());
    if (ids == m_evidence) return;
    m_evidence = ids;
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
    }
}

}  // namespace signalbox::ui
