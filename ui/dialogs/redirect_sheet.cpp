#include "ui/dialogs/redirect_sheet.h"

#include <algorithm>

#include "ui/models/words.h"

namespace signalbox::ui {

RedirectSheet::RedirectSheet(Source& source, QWidget* parent)
    : Sheet(source, parent),
      m_form(new RedirectForm(source)),
      m_receipt(new RedirectReceipt(source, this)),
      m_order(source, this) {
    setAccessibleName(tr("Redirect a model"));
    assemble(m_form, m_receipt, tr("Ctrl+Enter applies · Esc closes · it ends by itself"));
    connect(m_notice, &Notice::actionClicked, this, [this] { send(m_conflict); });
    connect(m_form, &RedirectForm::changed, this, &RedirectSheet::refresh);
    connect(m_form, &RedirectForm::modelChanged, this, [this] {
        ++m_version;
        m_notice->hide();  // it was about another model
    });
}

void RedirectSheet::open(const QString& model) {
    m_order.forget();
    showForm();
    m_form->open(model);
}

void RedirectSheet::refresh() {
    auto said = m_form->missing();
    if (said.isEmpty()) said = markStale(m_form->sentence());
    if (m_order.isUnderWay()) said = tr("Applying…");
    offer(said, !m_order.isUnderWay() && m_form->hasTarget());
}

void RedirectSheet::send(qint64 replaces) {
    if (m_order.isUnderWay() || !m_form->hasTarget() || !isAllowed()) return;
    if (!m_form->missing().isEmpty()) return m_form->askForTheRest();
    m_notice->hide();
    m_order.send(m_form->request(), replaces,
                 [this, version = m_version, from = m_form->model()](const RedirectOrder::Outcome& outcome) {
                     if (version == m_version)
                         receive(outcome);
                     else
                         tellLate(outcome, from);
                     refresh();
                 });
    refresh();
}

void RedirectSheet::receive(const RedirectOrder::Outcome& outcome) {
    if (outcome.answer) {
        m_receipt->present(*outcome.answer);
        showReceipt();
        Q_EMIT told(tr("Redirected %1").arg(redirectText(*outcome.answer)));
        return;
    }
    const auto& failure = outcome.answer.error();
    m_conflict = failure.code == ErrorCode::conflict && isOurs(failure.conflict_id) ? failure.conflict_id : 0;
    auto words = m_conflict != 0 ? tr("Redirect #%1 of %2 is active. Replace it?").arg(m_conflict).arg(m_form->model())
                                 : tr("Not applied: %1").arg(failureText(failure));
    if (outcome.ended != 0) words.prepend(tr("#%1 was ended. ").arg(outcome.ended));
    m_notice->setAction(m_conflict != 0 ? tr("Replace it") : QString());
    m_notice->say(m_conflict != 0 ? Tone::Warn : Tone::Critical, words);
}

// The form it came from is gone; what it did to the traffic must still be known.
void RedirectSheet::tellLate(const RedirectOrder::Outcome& outcome, const QString& from) {
    if (outcome.answer) return Q_EMIT told(tr("Redirected %1").arg(redirectText(*outcome.answer)));
    auto words = tr("%1 was not redirected: %2").arg(from, failureText(outcome.answer.error()));
    if (outcome.ended != 0) words.prepend(tr("#%1 was ended. ").arg(outcome.ended));
    Q_EMIT told(words);
}

// A conflict may also be with the redirect of another model, which is nobody's to end from here.
bool RedirectSheet::isOurs(qint64 overrideId) const {
    if (overrideId == 0) return false;
    if (overrideId == m_form->activeRedirect()) return true;
    const auto from = m_form->model().toStdString();
    return std::ranges::any_of(m_source.snapshot()->overrides(),
                               [&](const auto& o) { return o.id() == overrideId && o.from() == from; });
}

}  // namespace signalbox::ui
