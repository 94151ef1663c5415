#include "ui/shell/inspector_dock.h"

#include <QHBoxLayout>

#include "ui/theme/icon.h"

namespace signalbox::ui {

InspectorDock::InspectorDock(QWidget* parent)
    : QDockWidget(parent), m_title(new QLabel(this)), m_stack(new QStackedWidget(this)) {
    setObjectName(QStringLiteral("inspector"));
    setWindowTitle(tr("Details"));
    setFeatures(NoDockWidgetFeatures);
    setAllowedAreas(Qt::RightDockWidgetArea | Qt::LeftDockWidgetArea);
    auto* head = new QWidget(this);
    auto* line = new QHBoxLayout(head);
    line->setContentsMargins(16, 6, 8, 6);
    auto strong = m_title->font();
    strong.setWeight(QFont::DemiBold);
    m_title->setFont(strong);
    m_title->setMinimumWidth(60);
    auto* close = new QPushButton(head);
    close->setIcon(icon(QStringLiteral("close")));
    close->setFlat(true);
    close->setAccessibleName(tr("Close the details"));
    close->setToolTip(tr("Close the details (Esc)"));
    connect(close, &QPushButton::clicked, this, &InspectorDock::closeWanted);
    line->addWidget(m_title, 1);
    line->addWidget(close);
    setTitleBarWidget(head);
    m_stack->setMinimumWidth(320);
    m_stack->setBackgroundRole(QPalette::Base);
    m_stack->setAutoFillBackground(true);
    setWidget(m_stack);
    hide();
}

void InspectorDock::present(QWidget* content, const QString& title) {
    if (!content) return hide();
    if (m_stack->indexOf(content) < 0) m_stack->addWidget(content);
    m_stack->setCurrentWidget(content);
    m_title->setText(title);
    m_title->setToolTip(title);
    show();
}

}  // namespace signalbox::ui
