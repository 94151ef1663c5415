#include "ui/pages/page.h"

#include "ui/models/source.h"
#include "ui/widgets/live_table_view.h"

namespace signalbox::ui {

Page::Page(Source& source, QWidget* parent) : QWidget(parent), m_source(source) {
    connect(&source, &Source::snapshotChanged, this, [this] {
        if (m_current) refresh();
    });
    connect(&source, &Source::freshnessChanged, this, [this] {
        if (m_current) showStale();
    });
    connect(&source, &Source::ticked, this, [this] {
        if (m_current) tick();
    });
}

void Page::showStale() {
    const bool stale = m_source.freshness().level == Freshness::Level::Stale;
    for (auto* table : findChildren<LiveTableView*>()) table->setStale(stale);
}

void Page::showEvent(QShowEvent* event) {
    m_current = true;
    showStale();
    refresh();
    QWidget::showEvent(event);
}

void Page::hideEvent(QHideEvent* event) {
    m_current = false;
    QWidget::hideEvent(event);
}

}  // namespace signalbox::ui
