#include "ui/widgets/live_table_view.h"

#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>

#include "ui/widgets/cell_delegate.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int headerHeight = 28;
constexpr int saveAfterMs = 500;
constexpr int stateVersion = 1;

}  // namespace

LiveTableView::LiveTableView(const QString& name, const QString& key, QWidget* parent)
    : QTableView(parent), m_delegate(new CellDelegate(this)), m_key(u"table/"_s + key) {
    setAccessibleName(name);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setWordWrap(false);
    setShowGrid(false);
    setAlternatingRowColors(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setTabKeyNavigation(false);
    setFrameShape(NoFrame);
    setMouseTracking(true);
    setSortingEnabled(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setMinimumSectionSize(rowHeight);
    verticalHeader()->setDefaultSectionSize(rowHeight);
    auto* header = horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionsMovable(true);
    header->setHighlightSections(false);
    header->setFixedHeight(headerHeight);
    header->setSectionsClickable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QHeaderView::customContextMenuRequested, this, &LiveTableView::showColumnMenu);
    connect(header, &QHeaderView::sortIndicatorChanged, this, [this](int column, Qt::SortOrder order) {
        if (model()) model()->sort(column, order);
    });
    m_save.setSingleShot(true);
    m_save.setInterval(saveAfterMs);
    connect(&m_save, &QTimer::timeout, this, &LiveTableView::saveColumns);
    for (const auto changed : {&QHeaderView::sectionResized, &QHeaderView::sectionMoved}) {
        connect(header, changed, this, [this] {
            if (!m_restoring) m_save.start();
        });
    }
    connect(m_delegate, &CellDelegate::actionClicked, this,
            [this](const QModelIndex& index) { Q_EMIT actionClicked(index.data(IdRole).toString()); });
    setItemDelegate(m_delegate);
    connect(this, &QTableView::doubleClicked, this,
            [this](const QModelIndex& index) { Q_EMIT opened(index.data(IdRole).toString()); });
}

void LiveTableView::setModel(QAbstractItemModel* model) {
    QTableView::setModel(model);
    if (!model) return;
    restoreColumns();
    auto* header = horizontalHeader();
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setSortIndicatorShown(true);
    header->setSortIndicatorClearable(true);
    const auto refit = [this] {
        if (m_fitRows > 0) updateGeometry();
    };
    connect(model, &QAbstractItemModel::rowsInserted, this, refit);
    connect(model, &QAbstractItemModel::rowsRemoved, this, refit);
}

void LiveTableView::restoreColumns() {
    m_restoring = true;
    const auto saved = QJsonDocument::fromJson(QSettings().value(m_key).toByteArray()).object();
    QHash<QString, QJsonObject> known;
    QStringList order;
    if (saved.value(u"version"_s).toInt() == stateVersion) {
        for (const auto& value : saved.value(u"columns"_s).toArray()) {
            const auto column = value.toObject();
            known.insert(column.value(u"id"_s).toString(), column);
            order << column.value(u"id"_s).toString();
        }
    }
    auto* header = horizontalHeader();
    QHash<QString, int> sections;
    for (int at = 0; at < model()->columnCount(); ++at) {
        const auto role = [&](int which) { return model()->headerData(at, Qt::Horizontal, which); };
        const auto id = role(ColumnIdRole).toString();
        const auto column = known.value(id);
        const bool shown = m_defaultColumns.isEmpty() ? role(ColumnShownRole).toBool() : m_defaultColumns.contains(id);
        sections.insert(id, at);
        header->resizeSection(at, std::max(24, column.value(u"width"_s).toInt(role(ColumnWidthRole).toInt())));
        header->setSectionHidden(at, !column.value(u"shown"_s).toBool(shown));
    }
    int place = 0;
    for (const auto& id : std::as_const(order)) {
        if (sections.contains(id)) header->moveSection(header->visualIndex(sections.value(id)), place++);
    }
    m_restoring = false;
}

void LiveTableView::saveColumns() const {
    QJsonArray columns;
    const auto* header = horizontalHeader();
    for (int place = 0; place < header->count(); ++place) {
        const int at = header->logicalIndex(place);
        const bool hidden = header->isSectionHidden(at);
        QJsonObject column{{u"id"_s, model()->headerData(at, Qt::Horizontal, ColumnIdRole).toString()},
                           {u"shown"_s, !hidden}};
        if (!hidden) column.insert(u"width"_s, header->sectionSize(at));
        columns.append(column);
    }
    const QJsonObject state{{u"version"_s, stateVersion}, {u"columns"_s, columns}};
    QSettings().setValue(m_key, QJsonDocument(state).toJson(QJsonDocument::Compact));
}

void LiveTableView::showColumnMenu(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (int column = 0; column < model()->columnCount(); ++column) {
        auto* action = menu->addAction(model()->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            setColumnHidden(column, !shown);
            if (shown && columnWidth(column) < rowHeight) {
                setColumnWidth(column, model()->headerData(column, Qt::Horizontal, ColumnWidthRole).toInt());
            }
            m_save.start();
        });
    }
    menu->popup(horizontalHeader()->mapToGlobal(at));
}

// Qt keeps the scroll bar's value, so rows inserted above would push the reader's rows away.
void LiveTableView::rowsInserted(const QModelIndex& parent, int first, int last) {
    auto* bar = verticalScrollBar();
    const bool atTop = bar->value() == 0;
    const int before = bar->value();
    const int firstVisible = rowAt(0);
    QTableView::rowsInserted(parent, first, last);
    if ((atTop && m_follow) || (!atTop && first > firstVisible)) return;
    updateGeometries();
    bar->setValue(before + (last - first + 1) * rowHeight);
}

void LiveTableView::rowsAboutToBeRemoved(const QModelIndex& parent, int first, int last) {
    // Qt would select a neighbour of a selected row that vanishes: the next act would hit what nobody chose.
    if (const int now = currentIndex().row(); now >= first && now <= last) selectionModel()->clear();
    auto* bar = verticalScrollBar();
    const int before = bar->value();
    const int above = std::min(last + 1, rowAt(0)) - first;
    QTableView::rowsAboutToBeRemoved(parent, first, last);
    if (above > 0 && before > 0) bar->setValue(std::max(0, before - above * rowHeight));
}

void LiveTableView::setStale(bool stale) {
    if (stale == m_stale) return;
    m_stale = stale;
    m_delegate->setStale(stale);
    viewport()->update();
}

QString LiveTableView::selectedId() const {
    const auto rows = selectionModel() ? selectionModel()->selectedRows() : QModelIndexList();
    return rows.isEmpty() ? QString() : rows.first().data(IdRole).toString();
}

void LiveTableView::selectId(const QString& id) {
    for (int row = 0; row < model()->rowCount(); ++row) {
        const auto index = model()->index(row, horizontalHeader()->logicalIndex(0));
        if (index.data(IdRole).toString() != id) continue;
        setCurrentIndex(index);
        return;
    }
}

void LiveTableView::clearSelectedId() {
    clearSelection();
}

void LiveTableView::selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) {
    QTableView::selectionChanged(selected, deselected);
    updateFrozen();
    const auto id = selectedId();
    if (id == m_selectedId) return;
    m_selectedId = id;
    Q_EMIT selectedIdChanged(id);
}

void LiveTableView::updateFrozen() {
    auto* rows = qobject_cast<RowModel*>(model());
    if (rows) rows->setFrozen(m_hovered || !selectedId().isEmpty());
}

void LiveTableView::enterEvent(QEnterEvent* event) {
    m_hovered = true;
    updateFrozen();
    QTableView::enterEvent(event);
}

void LiveTableView::leaveEvent(QEvent* event) {
    m_hovered = false;
    updateFrozen();
    QTableView::leaveEvent(event);
}

void LiveTableView::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Space) {
        Q_EMIT pauseToggled();
        return event->accept();
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && !selectedId().isEmpty()) {
        Q_EMIT opened(selectedId());
        return event->accept();
    }
    if ((event->key() == Qt::Key_J || event->key() == Qt::Key_K) && event->modifiers() == Qt::NoModifier) {
        const int way = event->key() == Qt::Key_J ? 1 : -1;
        const int step = selectedId().isEmpty() ? 0 : way;  // the first press selects where the focus is
        const auto now = currentIndex();
        const int row = std::clamp(now.isValid() ? now.row() + step : 0, 0, std::max(0, model()->rowCount() - 1));
        setCurrentIndex(model()->index(row, now.isValid() ? now.column() : horizontalHeader()->logicalIndex(0)));
        return event->accept();
    }
    QTableView::keyPressEvent(event);
}

void LiveTableView::fitTo(int rows) {
    m_fitRows = rows;
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    updateGeometry();
}

void LiveTableView::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    if (m_fitRows > 0) updateGeometry();  // narrower may need a scroll bar, and room for it
}

QSize LiveTableView::sizeHint() const {
    if (m_fitRows == 0 || !model()) return QTableView::sizeHint();
    const int rows = std::clamp(model()->rowCount(), 1, m_fitRows);
    const bool scrolls = horizontalHeader()->length() > viewport()->width();
    const int bar = scrolls ? horizontalScrollBar()->sizeHint().height() : 0;
    return {QTableView::sizeHint().width(), headerHeight + rows * rowHeight + bar + 2};
}

QSize LiveTableView::minimumSizeHint() const {
    return m_fitRows > 0 ? QSize(100, sizeHint().height()) : QSize(100, headerHeight + 2 * rowHeight);
}

}  // namespace signalbox::ui
