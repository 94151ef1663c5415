#include "ui/dialogs/redirect_sheet.h"

#include <QVBoxLayout>

#include <algorithm>

#include "ui/dialogs/sheet_keys.h"
#include "ui/models/words.h"
#include "ui/widgets/scrolled.h"

namespace signalbox::ui {

RedirectSheet::RedirectSheet(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_band(new EnvBand(this)),
      m_stack(new QStackedWidget(this)),
      m_receipt(new RedirectReceipt(source, this)),
      m_order(source, this) {
    setAccessibleName(tr("Redirect a model"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_band);
    column->addWidget(m_stack);
    m_stack->addWidget(buildFront());
    m_stack->addWidget(m_receipt);
    connect(m_receipt, &RedirectReceipt::closeWanted, this, &RedirectSheet::closeWanted);
    connect(m_receipt, &RedirectReceipt::told, this, &RedirectSheet::told);
    connect(m_form, &RedirectForm::changed, this, &RedirectSheet::refresh);
    connect(m_form, &RedirectForm::modelChanged, this, [this] {
        ++m_version;
        m_notice->hide();  // it was about another model
    });
    connect(&source, &Source::freshnessChanged, this, &RedirectSheet::refresh);
    connect(&source, &Source::infoChanged, this, &RedirectSheet::refresh);
    addKeys(this, {[this](int reason) { m_form->chooseReason(reason); },
                   [this] {
                       if (m_stack->currentIndex() == 0) apply(0);
                   },
                   [this] {
                       if (m_stack->currentIndex() == 1) m_receipt->undo();
                   }});
}

void RedirectSheet::setEnvironment(Environment environment) {
    m_band->setEnvironment(environment);
}

QWidget* RedirectSheet::buildFront() {
    auto* front = new QWidget(this);
    auto* column = new QVBoxLayout(front);
    column->setContentsMargins(0, 0, 0, 12);
    m_form = new RedirectForm(m_source);
    column->addWidget(scrolled(m_form, front), 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(16, 0, 16, 0);
    m_notice = new Notice(front);
    m_notice->setDismissable(false);
    connect(m_notice, &Notice::actionClicked, this, [this] { apply(m_conflict); });
    m_apply = new QPushButton(front);
    m_apply->setDefault(true);
    m_apply->setMinimumHeight(34);
    m_apply->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(m_apply, &QPushButton::clicked, this, [this] { apply(0); });
    foot->addWidget(m_notice);
    foot->addWidget(m_apply);
    foot->addWidget(mutedLabel(tr("Ctrl+Enter applies · Esc closes · it ends by itself"), front), 0, Qt::AlignHCenter);
    column->addLayout(foot);
    return front;
}

void RedirectSheet::open(const QString& model) {
    m_order.forget();
    m_stack->setCurrentIndex(0);
    m_form->open(model);
}

void RedirectSheet::refresh() {
    const bool stale = m_source.freshness().level == Freshness::Level::Stale;
    auto words = m_form->missing();
    if (words.isEmpty()) words = stale ? tr("Apply blind: %1").arg(m_form->sentence()) : m_form->sentence();
    if (m_order.isUnderWay()) words = tr("Applying…");
    m_apply->setText(words);
    const auto forbidden = m_source.forbidden();
    m_apply->setToolTip(forbidden.isEmpty() ? words : forbidden);
    m_apply->setEnabled(!m_order.isUnderWay() && m_form->hasTarget() && forbidden.isEmpty());
}

void RedirectSheet::apply(qint64 replaces) {
    if (m_order.isUnderWay() || !m_form->hasTarget() || !m_source.forbidden().isEmpty()) return;
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
        m_stack->setCurrentIndex(1);
        m_receipt->focusTarget()->setFocus(Qt::OtherFocusReason);
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
