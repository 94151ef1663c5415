#include "ui/shell/desk.h"

#include <QEvent>

#include <algorithm>

#include "ui/shell/inspector_dock.h"

namespace signalbox::ui {

Desk::Desk(QWidget* content, QWidget* page, InspectorDock* inspector, QWidget* parent)
    : QWidget(parent), m_content(content), m_page(page), m_inspector(inspector), m_wanted(InspectorDock::firstWidth) {
    content->setParent(this);
    inspector->setParent(this);
    inspector->installEventFilter(this);
    page->installEventFilter(this);
    connect(inspector, &InspectorDock::dragged, this, [this](int by) {
        m_wanted = std::clamp(m_wanted + by, InspectorDock::smallestWidth,
                              std::max(InspectorDock::smallestWidth, width() / 2));
        place();
    });
}

void Desk::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    place();
}

bool Desk::eventFilter(QObject* watched, QEvent* event) {
    const auto type = event->type();
    const bool shown = type == QEvent::ShowToParent || type == QEvent::HideToParent;
    const bool moved = type == QEvent::Move || type == QEvent::Resize;
    if ((watched == m_inspector && shown) || (watched == m_page && moved)) place();
    return QWidget::eventFilter(watched, event);
}

void Desk::place() {
    const int taken = std::min(m_wanted, width() / 2);
    const bool beside = width() >= wide && !m_inspector->isHidden();
    const auto mirrored = [this](int x, int span) { return isRightToLeft() ? width() - x - span : x; };
    const int left = beside ? width() - taken : width();
    m_content->setGeometry(mirrored(0, left), 0, left, height());
    const int top = beside ? 0 : m_page->mapTo(this, QPoint()).y();
    m_inspector->setGeometry(mirrored(width() - taken, taken), top, taken, height() - top);
    m_inspector->raise();
}

}  // namespace signalbox::ui
