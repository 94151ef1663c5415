#include "ui/dialogs/sheet.h"

#include <QShortcut>
#include <QVBoxLayout>

#include <functional>

#include "ui/dialogs/reason_picker.h"
#include "ui/widgets/scrolled.h"

namespace signalbox::ui {

Sheet::Sheet(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_notice(new Notice(this)),
      m_band(new EnvBand(this)),
      m_stack(new QStackedWidget(this)),
      m_apply(new QPushButton(this)) {
    m_notice->setDismissable(false);
    m_apply->setDefault(true);
    m_apply->setMinimumHeight(34);
    m_apply->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(m_apply, &QPushButton::clicked, this, &Sheet::apply);
    connect(&source, &Source::freshnessChanged, this, &Sheet::refresh);
    connect(&source, &Source::infoChanged, this, &Sheet::refresh);
    addKeys();
}

void Sheet::assemble(QWidget* form, Receipt* receipt, const QString& hint) {
    m_receipt = receipt;
    auto* front = new QWidget(this);
    auto* column = new QVBoxLayout(front);
    column->setContentsMargins(0, 0, 0, 12);
    column->addWidget(scrolled(form, front), 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(16, 0, 16, 0);
    foot->addWidget(m_notice);
    foot->addWidget(m_apply);
    foot->addWidget(mutedLabel(hint, front), 0, Qt::AlignHCenter);
    column->addLayout(foot);
    m_stack->addWidget(front);
    m_stack->addWidget(receipt);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addWidget(m_band);
    whole->addWidget(m_stack);
    connect(receipt, &Receipt::closeWanted, this, &Sheet::closeWanted);
    connect(receipt, &Receipt::told, this, &Sheet::told);
}

void Sheet::addKeys() {
    const auto on = [this](const QKeySequence& key, const std::function<void()>& act) {
        connect(new QShortcut(key, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut), &QShortcut::activated, this,
                act);
    };
    for (int at = 0; at < ReasonPicker::count; ++at) {
        on(QKeySequence(Qt::Key_1 + at), [this, at] { chooseReason(at); });
    }
    const auto applyForm = [this] {
        if (m_stack->currentIndex() == 0) apply();
    };
    on(QKeySequence(Qt::CTRL | Qt::Key_Return), applyForm);
    on(QKeySequence(Qt::CTRL | Qt::Key_Enter), applyForm);
    on(QKeySequence(Qt::CTRL | Qt::Key_Z), [this] {
        if (m_stack->currentIndex() == 1) m_receipt->undo();
    });
}

void Sheet::showReceipt() {
    m_stack->setCurrentIndex(1);
    m_receipt->focusTarget()->setFocus(Qt::OtherFocusReason);
}

void Sheet::offer(const QString& sentence, bool enabled) {
    const auto forbidden = m_source.forbidden();
    m_apply->setText(sentence);
    m_apply->setToolTip(forbidden.isEmpty() ? sentence : forbidden);
    m_apply->setEnabled(enabled && forbidden.isEmpty());
}

QString Sheet::markStale(const QString& sentence) const {
    const bool stale = m_source.freshness().level == Freshness::Level::Stale;
    return stale ? tr("Apply blind: %1").arg(sentence) : sentence;
}

}  // namespace signalbox::ui
