#include "ui/widgets/empty_state.h"

#include <QVBoxLayout>

#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent), m_title(new QLabel(this)), m_hint(new ToneLabel(Tone::Muted, this)) {
    auto large = m_title->font();
    large.setPixelSize(16);
    m_title->setFont(large);
    auto* column = new QVBoxLayout(this);
    column->addStretch(2);
    for (auto* label : {m_title, m_hint}) {
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(true);
        column->addWidget(label);
    }
    column->addStretch(3);
}

void EmptyState::say(const QString& title, const QString& hint) {
    m_title->setText(title);
    m_hint->setText(hint);
}

}  // namespace signalbox::ui
