#include "ui/dialogs/redirect_receipt.h"

#include <algorithm>

#include "ui/models/override_commands.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

RedirectReceipt::RedirectReceipt(Source& source, QWidget* parent)
    : Receipt(source, parent), m_state(new StateBadge(this)) {
    assemble({m_state});
}

void RedirectReceipt::present(const v1::Override& override) {
    m_override = override;
    m_ending = false;
    m_shownAtUs = m_source.gatewayNowUs();
    m_notice->hide();
    fill();
}

void RedirectReceipt::refresh() {
    if (!isVisible()) return;
    const auto& overrides = m_source.snapshot()->overrides();
    const auto found = std::ranges::find(overrides, m_override.id(), [](const auto& o) { return o.id(); });
    if (found != overrides.end()) {
        m_override = *found;
    } else if (m_source.gatewayNowUs() > m_override.expires_unix_us() && !m_override.has_ended_unix_us()) {
        m_override.set_ended_unix_us(m_override.expires_unix_us());
    }
    fill();
}

void RedirectReceipt::fill() {
    const auto now = m_source.gatewayNowUs();
    const bool active = stateOf(m_override) == State::OverrideActive;
    m_state->setState(stateOf(m_override));
    m_facts->setFact(tr("Redirect"), redirectText(m_override));
    m_facts->setFact(tr("Scope"),
                     tr("%1, %2 % of requests").arg(scopeText(m_override)).arg(m_override.share_percent()));
    m_facts->setFact(tr("Reason"), text(m_override.reason()));
    m_facts->setFact(tr("By"), text(m_override.actor()));
    m_facts->setFact(tr("Ends"), tr("%1 UTC, gateway time").arg(format::clock(m_override.expires_unix_us())));
    m_facts->setFact(tr("Remaining"), active ? format::duration(m_override.expires_unix_us() - now) : QString());
    m_facts->setFact(tr("Diverted"), requestsText(m_override.diverted()));
    m_facts->setFact(tr("Id"), tr("#%1").arg(m_override.id()));
    const auto left = undoSeconds - std::max<qint64>(0, now - m_shownAtUs) / 1'000'000;
    m_undo->setVisible(active);
    m_undo->setEnabled(!m_ending && m_source.forbidden().isEmpty());
    m_undo->setText(left > 0 ? tr("Undo (%1 s)").arg(left) : tr("End now"));
    m_undo->setToolTip(tr("Ends the redirect at once; requests in flight are not moved (Ctrl+Z)"));
}

void RedirectReceipt::undo() {
    if (!m_undo->isEnabled() || stateOf(m_override) != State::OverrideActive) return;
    m_ending = true;
    fill();
    endOverride(m_source, m_override.id(), this, [this, id = m_override.id()](api::Answer<v1::Override> answer) {
        if (answer) Q_EMIT told(tr("Ended the redirect %1").arg(redirectText(*answer)));
        if (id != m_override.id()) return;  // another one is shown by now
        m_ending = false;
        if (!answer) {
            m_notice->say(Tone::Critical, tr("Not ended: %1").arg(failureText(answer.error())));
        } else {
            m_override = std::move(*answer);
            m_notice->hide();
        }
        fill();
    });
}

}  // namespace signalbox::ui
