#include "ui/dialogs/receipt.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace signalbox::ui {

Receipt::Receipt(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_facts(new FactList(this)),
      m_notice(new Notice(this)),
      m_undo(new QPushButton(this)),
      m_close(new QPushButton(tr("Close"), this)) {
    m_notice->setDismissable(false);
    connect(m_undo, &QPushButton::clicked, this, &Receipt::undo);
    connect(m_close, &QPushButton::clicked, this, &Receipt::closeWanted);
    connect(&source, &Source::snapshotChanged, this, &Receipt::refresh);
    connect(&source, &Source::ticked, this, &Receipt::refresh);
}

void Receipt::assemble(std::initializer_list<QWidget*> top) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 16);
    column->setSpacing(12);
    for (auto* widget : top) column->addWidget(widget);
    column->addWidget(m_facts);
    column->addWidget(m_notice);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_undo, 1);
    buttons->addWidget(m_close);
    column->addLayout(buttons);
    column->addStretch();
}

}  // namespace signalbox::ui
