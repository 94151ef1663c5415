#include "ui/models/row_model.h"

#include <QHash>
#include <QSet>

#include <algorithm>

#include "ui/models/stable_sort.h"

namespace signalbox::ui {

namespace {

QHash<QString, int> positions(const std::vector<Row>& rows) {
    QHash<QString, int> result;
    result.reserve(static_cast<qsizetype>(rows.size()));
    for (int at = 0; at < static_cast<int>(rows.size()); ++at) result.insert(rows[static_cast<std::size_t>(at)].id, at);
    return result;
}

// Missing values sort last in both directions.
int compareCells(const Cell& a, const Cell& b) {
    const bool missingA = !a.key.isValid() && a.text == QStringLiteral("–");
    const bool missingB = !b.key.isValid() && b.text == QStringLiteral("–");
    if (missingA != missingB) return missingA ? 2 : -2;
    if (a.key.isValid() && b.key.isValid()) {
        const double left = a.key.toDouble();
        const double right = b.key.toDouble();
        return left < right ? -1 : left > right ? 1 : 0;
    }
    return QString::localeAwareCompare(a.text, b.text);
}

}  // namespace

QVariant cellData(const Cell& cell, const Column& column, int role) {
    switch (role) {
        case Qt::DisplayRole:
            return cell.text;
        case Qt::ToolTipRole:
            return cell.tip.isEmpty() ? cell.text : cell.tip;
        case Qt::TextAlignmentRole:
            return QVariant::fromValue<int>((column.right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        case Qt::AccessibleTextRole:
            if (!cell.spoken.isEmpty()) return cell.spoken;
            return RowModel::tr("%1: %2").arg(column.title, cell.action.isEmpty() ? cell.text : cell.action);
        case ToneRole:
            return static_cast<int>(cell.tone);
        case BarRole:
            return cell.bar < 0 ? QVariant() : QVariant(cell.bar);
        case MostBarRole:
            return cell.mostBar < 0 ? QVariant() : QVariant(cell.mostBar);
        case ActionRole:
            return cell.action.isEmpty() ? QVariant() : QVariant(cell.action);
        case SparkRole:
            return cell.spark.line.isEmpty() ? QVariant() : QVariant::fromValue(cell.spark);
        default:
            return {};
    }
}

QVariant headingData(const Column& column, int role) {
    switch (role) {
        case Qt::DisplayRole:
            return column.title;
        case Qt::ToolTipRole:
            return column.tip.isEmpty() ? column.title : column.tip;
        case Qt::TextAlignmentRole:
            return QVariant::fromValue<int>((column.right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        case ColumnIdRole:
            return column.id;
        case ColumnWidthRole:
            return column.width;
        case ColumnShownRole:
            return column.shown;
        default:
            return {};
    }
}

RowModel::RowModel(std::vector<Column> columns, QObject* parent)
    : QAbstractTableModel(parent), m_columns(std::move(columns)) {}

int RowModel::rowOf(const QString& id) const {
    const auto found = std::ranges::find(m_rows, id, &Row::id);
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

QString RowModel::idAt(int row) const {
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)].id : QString();
}

int RowModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RowModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant RowModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const auto& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == IdRole) return row.id;
    const auto column = static_cast<std::size_t>(index.column());
    return cellData(row.cells[column], m_columns[column], role);
}

QVariant RowModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    return headingData(m_columns[static_cast<std::size_t>(section)], role);
}

void RowModel::setFrozen(bool frozen) {
    if (frozen == m_frozen) return;
    m_frozen = frozen;
    reconcile();
}

void RowModel::sort(int column, Qt::SortOrder order) {
    m_sortColumn = column;
    m_sortOrder = order;
    const bool frozen = std::exchange(m_frozen, false);  // the user asked: it may move now
    reconcile();
    m_frozen = frozen;
}

void RowModel::setRows(std::vector<Row> rows) {
    m_wanted.clear();
    QSet<QString> seen;  // a source that repeats an id must not break the views
    for (auto& row : rows) {
        if (seen.contains(row.id)) continue;
        seen.insert(row.id);
        m_wanted.push_back(std::move(row));
    }
    reconcile();
}

std::vector<Row> RowModel::ordered() const {
    auto rows = m_wanted;
    if (m_sortColumn < 0) return rows;
    const auto column = static_cast<std::size_t>(m_sortColumn);
    const bool ascending = m_sortOrder == Qt::AscendingOrder;
    stableSort(rows, [&](const Row& a, const Row& b) {
        const int way = compareCells(a.cells[column], b.cells[column]);
        if (way == 2 || way == -2) return way < 0;
        return ascending ? way < 0 : way > 0;
    });
    return rows;
}

// A view whose selected row is removed lets go of the order, and its page refreshes, inside that very removal.
void RowModel::reconcile() {
    m_again = true;
    if (m_reconciling) return;
    m_reconciling = true;
    while (std::exchange(m_again, false)) reconcileOnce();
    m_reconciling = false;
}

void RowModel::reconcileOnce() {
    auto wanted = ordered();
    removeMissing(wanted);
    int displaced = 0;
    if (m_frozen) {
        const auto shown = positions(m_rows);
        const auto last = static_cast<int>(m_rows.size());
        for (int at = 0; at < static_cast<int>(wanted.size()); ++at) {
            const auto now = shown.value(wanted[static_cast<std::size_t>(at)].id, at);
            if (now != at) ++displaced;
        }
        stableSortBy(wanted, [&](const Row& row) { return shown.value(row.id, last); });
    }
    for (int at = 0; at < static_cast<int>(wanted.size()); ++at) {
        auto& next = wanted[static_cast<std::size_t>(at)];
        const int now = rowOf(next.id);
        if (now < 0) {
            beginInsertRows({}, at, at);
            m_rows.insert(m_rows.begin() + at, std::move(next));
            endInsertRows();
            continue;
        }
        if (now != at) {  // never downwards: everything above `at` is already in place
            beginMoveRows({}, now, now, {}, at);
            std::rotate(m_rows.begin() + at, m_rows.begin() + now, m_rows.begin() + now + 1);
            endMoveRows();
        }
        updateRow(at, next);
    }
    if (displaced == m_displaced) return;
    m_displaced = displaced;
    Q_EMIT displacedChanged();
}

void RowModel::removeMissing(const std::vector<Row>& wanted) {
    const auto kept = positions(wanted);
    for (int at = rowCount() - 1; at >= 0; --at) {
        if (kept.contains(idAt(at))) continue;
        beginRemoveRows({}, at, at);
        m_rows.erase(m_rows.begin() + at);
        endRemoveRows();
    }
}

void RowModel::updateRow(int row, const Row& next) {
    auto& shown = m_rows[static_cast<std::size_t>(row)];
    for (int column = 0; column < columnCount(); ++column) {
        const auto at = static_cast<std::size_t>(column);
        if (shown.cells[at] == next.cells[at]) continue;
        shown.cells[at] = next.cells[at];
        const auto changed = index(row, column);
        Q_EMIT dataChanged(changed, changed);
    }
}

}  // namespace signalbox::ui
