#include "app/ctl/table.h"

#include <algorithm>
#include <numeric>

namespace signalbox::ctl {
namespace {

constexpr int gap = 2;
constexpr int narrowest = 8;

QString fitted(const QString& text, int width, bool right) {
    const QString cut = text.size() > width ? text.left(width - 1) + QChar(u'…') : text;
    return right ? cut.rightJustified(width) : cut.leftJustified(width);
}

}  // namespace

QString printable(QString text) {
    for (QChar& c : text) {
        if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format) c = u' ';
    }
    return text;
}

void Table::add(QStringList cells) {
    for (QString& cell : cells) cell = printable(std::move(cell));
    rows_.append(std::move(cells));
}

void Table::print(QTextStream& out, int max_width) const {
    QStringList titles;
    for (const Heading& heading : headings_) titles.append(heading.title);
    out << line(titles, widths(max_width)) << '\n';
    print_rows(out, max_width);
}

void Table::print_rows(QTextStream& out, int max_width) const {
    const QList<int> columns = widths(max_width);
    for (const QStringList& row : rows_) out << line(row, columns) << '\n';
}

QList<int> Table::widths(int max_width) const {
    QList<int> columns;
    for (qsizetype i = 0; i < headings_.size(); ++i) {
        qsizetype width = std::max<qsizetype>(headings_[i].title.size(), headings_[i].width);
        for (const QStringList& row : rows_) width = std::max(width, row[i].size());
        columns.append(static_cast<int>(width));
    }
    const auto total = [&] { return std::accumulate(columns.begin(), columns.end(), gap * int(columns.size() - 1)); };
    while (max_width > 0 && total() > max_width) {
        qsizetype widest = -1;
        for (qsizetype i = 0; i < columns.size(); ++i) {
            if (!headings_[i].whole && (widest < 0 || columns[i] > columns[widest])) widest = i;
        }
        if (widest < 0 || columns[widest] <= narrowest) break;
        --columns[widest];
    }
    return columns;
}

QString Table::line(const QStringList& cells, const QList<int>& widths) const {
    QStringList fields;
    for (qsizetype i = 0; i < cells.size(); ++i) fields.append(fitted(cells[i], widths[i], headings_[i].right));
    QString text = fields.join(QString(gap, u' '));
    while (text.endsWith(u' ')) text.chop(1);
    return text;
}

}  // namespace signalbox::ctl
