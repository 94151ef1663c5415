#include "ui/pages/breakers/breakers_page.h"

#include <QHBoxLayout>
#include <QStackedLayout>
#include <QVBoxLayout>

#include "ui/models/words.h"

namespace signalbox::ui {

BreakersPage::BreakersPage(Source& source, QWidget* parent)
    : Page(source, parent),
      m_table(new LiveTableView(tr("Breakers"), QStringLiteral("breakers"), this)),
      m_empty(new EmptyState(this)),
      m_inspector(new BreakerInspector(source, this)) {
    m_inspector->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    column->addLayout(buildBar());
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    column->addLayout(m_stack, 1);
    m_table->setModel(&m_model);
    connect(m_table, &LiveTableView::selectedIdChanged, this, [this] {
        refresh();
        Q_EMIT inspectorChanged();
    });
    connect(m_table, &LiveTableView::actionClicked, this,
            [this](const QString& target) { Q_EMIT redirectWanted(modelOf(target)); });
    connect(m_table, &LiveTableView::pauseToggled, &source, &Source::togglePaused);
    connect(&m_model, &RowModel::displacedChanged, this, [this] {
        m_held->setText(tr("order held · %n row(s) would move", nullptr, m_model.displaced()));
        m_held->setVisible(m_model.displaced() > 0);
    });
    connect(m_inspector, &BreakerInspector::redirectWanted, this, &Page::redirectWanted);
    connect(m_inspector, &BreakerInspector::openRequest, this, &Page::openRequest);
    connect(m_inspector->acts(), &ActBar::wanted, this, &Page::actWanted);
    m_inspector->acts()->addKeys(this, [this] { selectWorst(); });
}

QLayout* BreakersPage::buildBar() {
    m_which = new ChipRow(tr("Show"), 2, this);
    m_which->addChip(NotClosed, {});
    m_which->addChip(All, {});
    m_which->choose(NotClosed);
    m_filter = new QLineEdit(this);
    m_filter->setAccessibleName(tr("Filter breakers"));
    m_filter->setPlaceholderText(tr("Filter by target, model or cause"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(320);
    m_held = new ToneLabel(Tone::Muted, this);
    m_held->hide();
    connect(m_which, &ChipRow::chosenChanged, this, &BreakersPage::refresh);
    connect(m_filter, &QLineEdit::textChanged, this, &BreakersPage::refresh);
    auto* bar = new QHBoxLayout;
    bar->addWidget(m_which);
    bar->addWidget(m_filter, 1);
    bar->addStretch();
    bar->addWidget(m_held);
    return bar;
}

QWidget* BreakersPage::inspector() {
    return m_table->selectedId().isEmpty() ? nullptr : m_inspector;
}

QWidget* BreakersPage::focusTarget() {
    if (m_model.rowCount() > 0) return m_table;
    return m_which->chip(m_which->chosen());
}

QString BreakersPage::modelOf(const QString& target) const {
    const auto* breaker = findBreaker(*source().snapshot(), target);
    return breaker ? text(breaker->model()) : QString();
}

// R without a selection means the worst: the first row.
QString BreakersPage::redirectModel() const {
    const auto target = m_table->selectedId();
    return modelOf(target.isEmpty() ? m_model.idAt(0) : target);
}

// A key without a selection means the worst too.
void BreakersPage::selectWorst() {
    if (m_table->selectedId().isEmpty()) m_table->selectId(m_model.idAt(0));
}

void BreakersPage::open(const QString& target) {
    const auto* breaker = findBreaker(*source().snapshot(), target);
    if (!breaker) return;
    if (breaker->state() == v1::BREAKER_STATE_CLOSED) m_which->choose(All);
    m_filter->clear();
    refresh();
    m_table->selectId(target);
}

void BreakersPage::refresh() {
    m_model.setFilter(m_which->chosen() == NotClosed, m_filter->text());
    m_model.keep(m_table->selectedId());
    m_model.update(source());
    m_which->chip(NotClosed)->setText(tr("Not closed (%1)").arg(m_model.notClosed()));
    m_which->chip(All)->setText(tr("All (%1)").arg(m_model.total()));
    m_stack->setCurrentIndex(m_model.rowCount() > 0 ? 0 : 1);
    if (!m_filter->text().isEmpty()) {
        m_empty->say(tr("No breaker matches the filter"), tr("Clear the filter or show all breakers."));
    } else {
        m_empty->say(
            tr("✓ All breakers are closed"),
            tr("Traffic flows to every target. “Open” would mean: this target's traffic is cut and goes elsewhere."));
    }
    if (const auto target = m_table->selectedId(); !target.isEmpty()) {
        m_inspector->showBreaker(findBreaker(*source().snapshot(), target), source().gatewayNowUs());
    }
}

}  // namespace signalbox::ui
