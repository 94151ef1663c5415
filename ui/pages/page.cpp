#include "ui/pages/page.h"

#include "ui/models/source.h"

namespace signalbox::ui {

Page::Page(Source& source, QWidget* parent) : QWidget(parent), m_source(source) {
    connect(&source, &Source::snapshotChanged, this, [this] {
        if (m_current) refresh();
    });
    connect(&source, &Source::ticked, this, [this] {
        if (m_current) tick();
    });
}

void Page::showEvent(QShowEvent* event) {
    m_current = true;
    refresh();
    QWidget::showEvent(event);
}

void Page::hideEvent(QHideEvent* event) {
    m_current = false;
    QWidget::hideEvent(event);
}

}  // namespace signalbox::ui
