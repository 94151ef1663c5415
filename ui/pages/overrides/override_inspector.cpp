#include "ui/pages/overrides/override_inspector.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

OverrideInspector::OverrideInspector(QWidget* parent)
    : QWidget(parent),
      m_state(new StateBadge(this)),
      m_facts(new FactList(this)),
      m_extend(new QPushButton(tr("Extend +15 min"), this)),
      m_end(new QPushButton(tr("End now"), this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(12);
    column->addWidget(m_state);
    column->addWidget(m_facts);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_extend);
    buttons->addWidget(m_end);
    buttons->addStretch();
    column->addLayout(buttons);
    column->addStretch();
    connect(m_extend, &QPushButton::clicked, this, &OverrideInspector::extendWanted);
    connect(m_end, &QPushButton::clicked, this, &OverrideInspector::endWanted);
}

void OverrideInspector::showOverride(const v1::Override& override, qint64 nowUs, const QString& forbidden) {
    const bool active = stateOf(override) == State::OverrideActive;
    m_state->setState(stateOf(override));
    m_facts->setFact(tr("Redirect"), redirectText(override));
    m_facts->setFact(tr("Scope"), tr("%1, %2 % of requests").arg(scopeText(override)).arg(override.share_percent()));
    m_facts->setFact(tr("Reason"), text(override.reason()));
    m_facts->setFact(tr("By"), tr("%1, from %2").arg(text(override.actor()), text(override.source())));
    m_facts->setFact(tr("Started"), tr("%1 UTC").arg(format::dayAndClock(override.created_unix_us())));
    m_facts->setFact(tr("Ends"), active ? tr("%1 UTC (%2 left)")
                                              .arg(format::dayAndClock(override.expires_unix_us()),
                                                   format::duration(override.expires_unix_us() - nowUs))
                                        : QString());
    m_facts->setFact(tr("Ended"), active ? QString()
                                         : tr("%1 UTC").arg(format::dayAndClock(override.has_ended_unix_us()
                                                                                    ? override.ended_unix_us()
                                                                                    : override.expires_unix_us())));
    m_facts->setFact(tr("Ended by"), active ? QString() : text(override.ended_by()));
    m_facts->setFact(tr("Diverted"), requestsText(override.diverted()));
    m_facts->setFact(tr("Id"), tr("#%1").arg(override.id()));
    for (auto* button : {m_extend, m_end}) {
        button->setVisible(active);
        button->setEnabled(forbidden.isEmpty());
        button->setToolTip(forbidden);
    }
}

}  // namespace signalbox::ui
