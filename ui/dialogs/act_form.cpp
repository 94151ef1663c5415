#include "ui/dialogs/act_form.h"

#include <QVBoxLayout>

#include "ui/models/breaker_model.h"
#include "ui/models/fleet_words.h"

namespace signalbox::ui {

ActForm::ActForm(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_name(new ToneLabel(Tone::Plain, this)),
      m_state(new StateBadge(this)),
      m_effect(mutedLabel({}, this)),
      m_leaseTitle(mutedLabel(tr("For"), this)),
      m_lease(new LeasePicker(source, {15, 30, 60, 240, 480, 1440}, 3, this)),
      m_reasonTitle(mutedLabel({}, this)),
      m_reason(new ReasonPicker(
          {tr("Outage"), tr("Bad output"), tr("Maintenance"), tr("Repaired"), tr("False alarm"), tr("Test")}, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 8);
    column->setSpacing(6);
    auto strong = m_name->font();
    strong.setWeight(QFont::DemiBold);
    m_name->setFont(strong);
    m_name->setWordWrap(true);
    m_effect->setWordWrap(true);
    for (auto* widget :
         std::initializer_list<QWidget*>{m_name, m_state, m_effect, m_leaseTitle, m_lease, m_reasonTitle, m_reason}) {
        column->addWidget(widget);
    }
    column->addStretch();
    connect(m_lease, &LeasePicker::changed, this, &ActForm::changed);
    connect(m_reason, &ReasonPicker::changed, this, &ActForm::changed);
    connect(&source, &Source::snapshotChanged, this, &ActForm::showState);
}

void ActForm::open(Act act, const QString& target) {
    const auto said = words(act);
    m_act = act;
    m_target = target;
    m_name->setText(target);
    m_effect->setText(said.effect);
    m_leaseTitle->setVisible(said.lease);
    m_lease->setVisible(said.lease);
    m_reasonTitle->setText(said.needsReason ? tr("Reason (keys 1–6)") : tr("Reason (keys 1–6), optional"));
    m_lease->reset();
    m_reason->clear();
    showState();
    m_reason->focusFirst();
    Q_EMIT changed();
}

void ActForm::showState() {
    showTargetState(m_source, m_target, *m_state);
}

bool ActForm::isComplete() const {
    return !words(m_act).needsReason || !m_reason->reason().isEmpty();
}

QString ActForm::sentence() const {
    const auto said = words(m_act);
    const auto sentence = said.sentence.arg(m_target);
    return said.lease ? tr("%1, %2").arg(sentence, m_lease->words()) : sentence;
}

TargetOrder ActForm::order() const {
    return {m_act, m_target, m_reason->reason(), words(m_act).lease ? m_lease->seconds() : 0};
}

void showTargetState(const Source& source, const QString& target, StateBadge& badge) {
    if (const auto* breaker = findBreaker(*source.snapshot(), target)) {
        badge.setState(shownState(*breaker));
    } else if (const auto* deployment = findDeployment(*source.snapshot(), target)) {
        badge.setState(slotOf(*deployment));
    } else {
        badge.setState(State::BreakerUnknown);
    }
}

}  // namespace signalbox::ui
