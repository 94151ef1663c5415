// Aligned columns for a terminal.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>
#include <QTextStream>
#include <optional>
#include <string>

namespace signalbox::ctl {

struct Heading {
    QString title;
    bool right = false;  // numbers
    int width = 0;       // at least, in characters: what rows that come one by one are aligned to
    bool whole = false;  // never cut
};

class Table {
  public:
    explicit Table(QList<Heading> headings) : headings_(std::move(headings)) {}

    // One text per heading; control characters in it are shown as blanks.
    void add(QStringList cells);
    [[nodiscard]] bool empty() const { return rows_.isEmpty(); }
    // Headings and rows. max_width in characters: the widest columns are cut to fit; 0: as wide as needed.
    void print(QTextStream& out, int max_width) const;
    void print_rows(QTextStream& out, int max_width) const;

  private:
    [[nodiscard]] QList<int> widths(int max_width) const;
    [[nodiscard]] QString line(const QStringList& cells, const QList<int>& widths) const;

    QList<Heading> headings_;
    QList<QStringList> rows_;
};

// What a stranger wrote, safe for a terminal: no control characters, so no escape sequences.
[[nodiscard]] QString printable(QString text);
[[nodiscard]] inline QString printable(const std::string& text) {
    return printable(QString::fromStdString(text));
}

// "1 override", "2 overrides".
[[nodiscard]] inline QString counted(qint64 count, const char* thing) {
    return QStringLiteral("%1 %2%3").arg(count).arg(QLatin1String(thing), count == 1 ? QString() : QStringLiteral("s"));
}

// The value of an optional field of a message: nullopt where it is absent.
#define SIGNALBOX_FIELD(message, field) ((message).has_##field() ? std::optional((message).field()) : std::nullopt)

}  // namespace signalbox::ctl
