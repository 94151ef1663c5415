// Draws every cell of a live table: tone, bar, sparkline, button; and turns a click on the button into a signal.
#pragma once

#include <QStyledItemDelegate>

namespace signalbox::ui {

class CellDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override;

    // Values of long ago are drawn faint.
    void setStale(bool stale) { m_stale = stale; }

  Q_SIGNALS:
    void actionClicked(const QModelIndex& index);

  private:
    void paintBackground(QPainter& painter, const QStyleOptionViewItem& option) const;
    void paintContent(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintButton(QPainter& painter, const QStyleOptionViewItem& option, const QString& words) const;

    bool m_stale = false;
};

}  // namespace signalbox::ui
