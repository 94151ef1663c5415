// The one table of the console: fixed 24 px rows, stays where the reader is while rows come and go above, remembers its
// columns by id, and holds the order still while the pointer is over it or a row is selected.
#pragma once

#include <QTableView>
#include <QTimer>

#include "ui/models/row_model.h"

namespace signalbox::ui {

class CellDelegate;

class LiveTableView : public QTableView {
    Q_OBJECT
  public:
    static constexpr int rowHeight = 24;

    // `name` is the accessible name; `key` is where QSettings keeps the columns ("table/<key>").
    LiveTableView(const QString& name, const QString& key, QWidget* parent = nullptr);

    // The model must give ColumnIdRole, ColumnWidthRole and ColumnShownRole; a RowModel is also told when to hold its
    // order.
    void setModel(QAbstractItemModel* model) override;
    // True: at the top new rows push the old ones down (a tail). False: the view holds its place even there.
    void setFollow(bool follow) { m_follow = follow; }

    // Dims the values: they are of long ago.
    void setStale(bool stale);

    QString selectedId() const;
    void selectId(const QString& id);
    // Before setModel(): these are shown, by id, unless the user says otherwise. Without it the model's own are.
    void setDefaultColumns(const QStringList& ids) { m_defaultColumns = ids; }
    // As high as its rows, up to `rows` of them: for short tables that share a page.
    void fitTo(int rows);

  Q_SIGNALS:
    void selectedIdChanged(const QString& id);
    void actionClicked(const QString& id);
    void opened(const QString& id);  // Enter or a double click
    void pauseToggled();             // Space

  public Q_SLOTS:
    void clearSelectedId();

  protected Q_SLOTS:
    void rowsInserted(const QModelIndex& parent, int first, int last) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int first, int last) override;

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) override;
    void resizeEvent(QResizeEvent* event) override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  private:
    void restoreColumns();
    void saveColumns() const;
    void showColumnMenu(const QPoint& at);
    void updateFrozen();

    CellDelegate* m_delegate;
    QString m_key;
    QStringList m_defaultColumns;
    bool m_stale = false;
    QTimer m_save;
    QString m_selectedId;
    int m_fitRows = 0;
    bool m_follow = true;
    bool m_hovered = false;
    bool m_restoring = false;
};

}  // namespace signalbox::ui
