#include "ui/dialogs/act_sheet.h"

#include "ui/models/words.h"

namespace signalbox::ui {

ActSheet::ActSheet(Source& source, QWidget* parent)
    : Sheet(source, parent), m_form(new ActForm(source)), m_receipt(new ActReceipt(source, this)) {
    setAccessibleName(tr("Act on a target"));
    assemble(m_form, m_receipt, tr("Ctrl+Enter applies · Esc closes"));
    connect(m_form, &ActForm::changed, this, &ActSheet::refresh);
}

void ActSheet::open(Act act, const QString& target) {
    ++m_version;
    m_underWay = false;
    m_notice->hide();
    showForm();
    m_form->open(act, target);
}

QString ActSheet::title(Act act) {
    auto title = words(act).button;
    return title.remove(u'…');
}

void ActSheet::refresh() {
    auto said = m_form->isComplete() ? markStale(m_form->sentence()) : tr("Pick a reason");
    if (m_underWay) said = tr("Applying…");
    offer(said, !m_underWay);
}

void ActSheet::apply() {
    if (m_underWay || !isAllowed()) return;
    if (!m_form->isComplete()) return m_form->askForReason();
    m_notice->hide();
    m_underWay = true;
    refresh();
    const auto order = m_form->order();
    sendOrder(m_source, order, this, [this, order, version = m_version](const std::optional<api::Failure>& failure) {
        const auto target = order.target;
        if (!failure)
            Q_EMIT told(words(order.act).done.arg(target));
        else if (version != m_version)
            Q_EMIT told(tr("Not done for %1: %2").arg(target, failureText(*failure)));
        if (version == m_version) receive(order, failure);
    });
}

void ActSheet::receive(const TargetOrder& order, const std::optional<api::Failure>& failure) {
    m_underWay = false;
    refresh();
    if (failure) return m_notice->say(Tone::Critical, tr("Not done: %1").arg(failureText(*failure)));
    m_receipt->present(order);
    showReceipt();
}

}  // namespace signalbox::ui
