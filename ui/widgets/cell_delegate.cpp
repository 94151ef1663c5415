#include "ui/widgets/cell_delegate.h"

#include <QMouseEvent>
#include <QPainter>
#include <QTableView>

#include "ui/widgets/spark.h"

namespace signalbox::ui {

namespace {

constexpr int padding = 6;
constexpr qreal rounding = 4;
constexpr qreal barHeight = 3;
constexpr qreal staleOpacity = 0.6;

QRect buttonRect(const QRect& cell) {
    return cell.adjusted(2, 2, -2, -2);
}

}  // namespace

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    painter->save();
    paintBackground(*painter, option);
    if (m_stale) painter->setOpacity(staleOpacity);
    paintContent(*painter, option, index);
    painter->restore();
}

void CellDelegate::paintContent(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    if (const auto action = index.data(ActionRole); action.isValid()) {
        return paintButton(painter, option, action.toString());
    }
    const auto inner = option.rect.adjusted(padding, 0, -padding, 0);
    if (const auto spark = index.data(SparkRole); spark.isValid()) {
        return paintSpark(painter, QRectF(inner).adjusted(0, 3, 0, -3), spark.value<Spark>(), option.palette);
    }
    const auto tone = static_cast<Tone>(index.data(ToneRole).toInt());
    if (const auto bar = index.data(BarRole); bar.isValid()) {
        const QRectF track(inner.left(), option.rect.bottom() - barHeight - 0.5, inner.width(), barHeight);
        auto fill = toneFill(tone == Tone::Plain ? Tone::Busy : tone, option.palette);
        fill.setAlphaF(0.6F);
        const auto part = [&track](double share) {
            return QRectF(track.topLeft(), QSizeF(track.width() * share, barHeight));
        };
        painter.fillRect(track, toneWash(Tone::Muted, option.palette));
        auto most = fill;
        most.setAlphaF(0.35F);
        painter.fillRect(part(index.data(MostBarRole).toDouble()), most);
        painter.fillRect(part(bar.toDouble()), fill);
    }
    const auto words = index.data(Qt::DisplayRole).toString();
    painter.setPen(toneText(tone, option.palette));
    painter.setFont(option.font);
    const auto alignment = index.data(Qt::TextAlignmentRole).toInt();
    painter.drawText(inner, alignment, option.fontMetrics.elidedText(words, Qt::ElideRight, inner.width()));
}

// The selection is a wash, not a solid bar: the tones of a selected row stay readable.
void CellDelegate::paintBackground(QPainter& painter, const QStyleOptionViewItem& option) const {
    const bool selected = option.state & QStyle::State_Selected;
    const bool hovered = option.state & QStyle::State_MouseOver;
    const bool active = option.state & QStyle::State_Active;
    auto wash = option.palette.color(QPalette::Highlight);
    wash.setAlphaF(selected ? (active ? 0.22F : 0.15F) : 0.07F);
    if (selected || hovered) painter.fillRect(option.rect, wash);
    painter.setPen(hairline(option.palette));
    painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    if (!(option.state & QStyle::State_HasFocus)) return;
    painter.setPen(QPen(option.palette.color(QPalette::Highlight), 2));
    painter.drawRect(option.rect.adjusted(1, 1, -1, -1));
}

void CellDelegate::paintButton(QPainter& painter, const QStyleOptionViewItem& option, const QString& words) const {
    const bool hovered = option.state & QStyle::State_MouseOver;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(hovered ? option.palette.color(QPalette::Highlight) : toneFill(Tone::Muted, option.palette));
    painter.setBrush(hovered ? toneWash(Tone::Busy, option.palette) : option.palette.color(QPalette::Button));
    const auto box = buttonRect(option.rect);
    painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), rounding, rounding);
    painter.setPen(option.palette.color(QPalette::ButtonText));
    painter.drawText(box, Qt::AlignCenter, option.fontMetrics.elidedText(words, Qt::ElideRight, box.width() - 6));
    painter.restore();
}

bool CellDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                               const QModelIndex& index) {
    if (event->type() == QEvent::MouseButtonRelease && index.data(ActionRole).isValid()) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->button() == Qt::LeftButton && buttonRect(option.rect).contains(mouse->pos())) {
            Q_EMIT actionClicked(index);
            return true;
        }
    }
    return QStyledItemDelegate::editorEvent(event, model, option, index);
}

}  // namespace signalbox::ui
