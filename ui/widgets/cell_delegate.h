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

  Q_SIGNALS:
    void actionClicked(const QModelIndex& index);

  private:
    void paintBackground(QPainter& painter, const QStyleOptionViewItem& option) const;
    void paintButton(QPainter& painter, const QStyleOptionViewItem& option, const QString& words) const;
};

}  // namespace signalbox::ui
