#include "ui/dialogs/act_sheet.h"

#include <QVBoxLayout>

#include "ui/dialogs/sheet_keys.h"
#include "ui/models/words.h"
#include "ui/widgets/scrolled.h"

namespace signalbox::ui {

ActSheet::ActSheet(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_band(new EnvBand(this)),
      m_stack(new QStackedWidget(this)),
      m_receipt(new ActReceipt(source, this)) {
    setAccessibleName(tr("Act on a target"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_band);
    column->addWidget(m_stack);
    m_stack->addWidget(buildFront());
    m_stack->addWidget(m_receipt);
    connect(m_receipt, &ActReceipt::closeWanted, this, &ActSheet::closeWanted);
    connect(m_receipt, &ActReceipt::told, this, &ActSheet::told);
    connect(m_form, &ActForm::changed, this, &ActSheet::refresh);
    connect(&source, &Source::freshnessChanged, this, &ActSheet::refresh);
    connect(&source, &Source::infoChanged, this, &ActSheet::refresh);
    addKeys(this, {[this](int reason) { m_form->chooseReason(reason); },
                   [this] {
                       if (m_stack->currentIndex() == 0) apply();
                   },
                   [this] {
                       if (m_stack->currentIndex() == 1) m_receipt->undo();
                   }});
}

QWidget* ActSheet::buildFront() {
    auto* front = new QWidget(this);
    auto* column = new QVBoxLayout(front);
    column->setContentsMargins(0, 0, 0, 12);
    m_form = new ActForm(m_source);
    column->addWidget(scrolled(m_form, front), 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(16, 0, 16, 0);
    m_notice = new Notice(front);
    m_notice->setDismissable(false);
    m_apply = new QPushButton(front);
    m_apply->setDefault(true);
    m_apply->setMinimumHeight(34);
    m_apply->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(m_apply, &QPushButton::clicked, this, &ActSheet::apply);
    foot->addWidget(m_notice);
    foot->addWidget(m_apply);
    foot->addWidget(mutedLabel(tr("Ctrl+Enter applies · Esc closes"), front), 0, Qt::AlignHCenter);
    column->addLayout(foot);
    return front;
}

void ActSheet::open(Act act, const QString& target) {
    ++m_version;
    m_underWay = false;
    m_notice->hide();
    m_stack->setCurrentIndex(0);
    m_form->open(act, target);
}

QString ActSheet::title(Act act) {
    auto title = words(act).button;
    return title.remove(u'…');
}

void ActSheet::refresh() {
    const bool stale = m_source.freshness().level == Freshness::Level::Stale;
    const auto forbidden = m_source.forbidden();
    auto said = m_form->isComplete() ? m_form->sentence() : tr("Pick a reason");
    if (m_form->isComplete() && stale) said = tr("Apply blind: %1").arg(said);
    if (m_underWay) said = tr("Applying…");
    m_apply->setText(said);
    m_apply->setToolTip(forbidden.isEmpty() ? said : forbidden);
    m_apply->setEnabled(!m_underWay && forbidden.isEmpty());
}

void ActSheet::apply() {
    if (m_underWay || !m_source.forbidden().isEmpty()) return;
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
    m_stack->setCurrentIndex(1);
    m_receipt->focusTarget()->setFocus(Qt::OtherFocusReason);
}

}  // namespace signalbox::ui
