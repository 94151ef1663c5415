// A table of live rows. A subclass turns its source into whole rows; this class finds the difference by row id and
// tells the views only that: rows removed, inserted, moved, cells changed. It never resets, so selection and scroll
// survive.
#pragma once

#include <QAbstractTableModel>
#include <QList>
#include <QString>

#include <vector>

#include "ui/theme/state.h"

namespace signalbox::ui {

enum CellRole {
    IdRole = Qt::UserRole + 1,  // QString: the row's id
    ToneRole,                   // int of Tone: the text's colour
    SparkRole,                  // QVariant of Spark
    BarRole,                    // double 0..1: a bar behind the number; invalid: none
    MostBarRole,                // double 0..1: how long the bar may become; invalid: not known
    ActionRole,                 // QString: the cell is a button with these words
    ColumnIdRole,               // header: QString, stable across versions
    ColumnWidthRole,            // header: int, px
    ColumnShownRole,            // header: bool, shown unless the user says otherwise
};

// Points of a sparkline, oldest first; `marks` are drawn as ticks where they are not 0.
struct Spark {
    QList<double> line;
    QList<double> marks;
    bool operator==(const Spark&) const = default;
};

struct Cell {
    QString text;
    Tone tone = Tone::Plain;
    QString spoken = {};  // sentence for screen readers; empty: "column: text"
    QString tip = {};
    double bar = -1;      // 0..1; negative: none
    double mostBar = -1;  // 0..1: the bar at its worst, paler; negative: none
    QString action = {};
    Spark spark = {};
    QVariant key = {};  // sorts the column; invalid: the text
    bool operator==(const Cell&) const = default;
};

struct Column {
    QString id;
    QString title;
    int width = 80;
    bool right = false;  // numbers
    bool shown = true;
    QString tip = {};
};

// What a cell and a column's head say in a view's role; for models that keep their rows in another way than RowModel.
QVariant cellData(const Cell& cell, const Column& column, int role);
QVariant headingData(const Column& column, int role);

struct Row {
    QString id;
    std::vector<Cell> cells;  // one per column
};

class RowModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    explicit RowModel(std::vector<Column> columns, QObject* parent = nullptr);

    // While frozen, known rows keep their places and new ones go to the end: nothing moves under the pointer.
    void setFrozen(bool frozen);
    // Rows that would move if the order were not frozen.
    int displaced() const { return m_displaced; }
    int rowOf(const QString& id) const;
    QString idAt(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    // Column -1 is the order the rows came in.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

  Q_SIGNALS:
    void displacedChanged();

  protected:
    // The order given is the default order.
    void setRows(std::vector<Row> rows);

  private:
    std::vector<Row> ordered() const;
    void reconcile();
    void reconcileOnce();
    void removeMissing(const std::vector<Row>& wanted);
    void updateRow(int row, const Row& next);

    std::vector<Column> m_columns;
    std::vector<Row> m_wanted;  // as given
    std::vector<Row> m_rows;    // as shown
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    bool m_frozen = false;
    bool m_reconciling = false;
    bool m_again = false;  // something changed meanwhile
    int m_displaced = 0;
};

}  // namespace signalbox::ui

Q_DECLARE_METATYPE(signalbox::ui::Spark)
