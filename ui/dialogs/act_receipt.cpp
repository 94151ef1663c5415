#include "ui/dialogs/act_receipt.h"

#include "ui/dialogs/act_form.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

ActReceipt::ActReceipt(Source& source, QWidget* parent)
    : Receipt(source, parent), m_done(new ToneLabel(Tone::Ok, this)), m_state(new StateBadge(this)) {
    m_done->setWordWrap(true);
    assemble({m_done, m_state});
}

void ActReceipt::present(const TargetOrder& order) {
    m_order = order;
    m_doneUs = m_source.gatewayNowUs();
    ++m_version;
    m_undoing = false;
    m_undone = false;
    const auto said = words(order.act);
    m_done->setTone(Tone::Ok);
    m_done->setText(tr("✓ %1").arg(said.done.arg(order.target)));
    m_facts->setFact(tr("Reason"), order.reason);
    m_facts->setFact(tr("By"), m_source.actor());
    m_facts->setFact(tr("Ends"), endsUs() > 0 ? tr("%1 UTC, gateway time").arg(format::clock(endsUs())) : QString());
    m_notice->hide();
    m_undo->setVisible(said.undo.has_value());
    if (said.undo) {
        m_undo->setText(*said.undo == Act::TakeBack ? tr("Undo: take it back") : tr("Undo: end the hold"));
        m_undo->setToolTip(tr("%1 (Ctrl+Z)").arg(words(*said.undo).effect));
    }
    refresh();
}

void ActReceipt::refresh() {
    if (m_order.target.isEmpty()) return;
    showTargetState(m_source, m_order.target, *m_state);
    const auto left = endsUs() - m_source.gatewayNowUs();
    const bool over = endsUs() > 0 && left <= 0;
    m_facts->setFact(tr("Remaining"), endsUs() == 0 || m_undone ? QString()
                                      : over                    ? tr("it has ended")
                                                                : format::duration(left));
    m_undo->setEnabled(!m_undoing && !m_undone && !over && m_source.forbidden().isEmpty());
}

void ActReceipt::undo() {
    const auto back = words(m_order.act).undo;
    if (!back || !m_undo->isEnabled()) return;
    m_undoing = true;
    refresh();
    const auto sentence = words(*back).done.arg(m_order.target);
    TargetOrder order{*back, m_order.target, tr("Undo of: %1").arg(m_order.reason), 0};
    sendOrder(m_source, order, this, [this, sentence, version = m_version](const std::optional<api::Failure>& failure) {
        if (!failure) Q_EMIT told(sentence);
        if (version != m_version) return;
        m_undoing = false;
        m_undone = !failure;
        if (failure) {
            m_notice->say(Tone::Critical, tr("Not undone: %1").arg(failureText(*failure)));
        } else {
            m_notice->hide();
            m_done->setTone(Tone::Muted);
            m_done->setText(tr("↶ %1").arg(sentence));
        }
        refresh();
    });
}

}  // namespace signalbox::ui
