#include "ui/pages/local/log_tail.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace signalbox::ui {

LogTail::LogTail(QWidget* parent)
    : QWidget(parent), m_level(new QComboBox(this)), m_filter(new QLineEdit(this)), m_view(new QPlainTextEdit(this)) {
    m_level->addItem(tr("debug and up"), static_cast<int>(LogLevel::debug));
    m_level->addItem(tr("info and up"), static_cast<int>(LogLevel::info));
    m_level->addItem(tr("warnings and errors"), static_cast<int>(LogLevel::warn));
    m_level->addItem(tr("errors"), static_cast<int>(LogLevel::error));
    m_level->setCurrentIndex(1);
    m_level->setAccessibleName(tr("Log level"));
    m_filter->setPlaceholderText(tr("Filter the log"));
    m_filter->setAccessibleName(m_filter->placeholderText());
    m_filter->setClearButtonEnabled(true);
    m_view->setReadOnly(true);
    m_view->setMaximumBlockCount(linesKept);
    m_view->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_view->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_view->setAccessibleName(tr("Log"));
    auto* copy = new QPushButton(tr("Copy"), this);
    copy->setToolTip(tr("Copy the lines shown"));
    auto* bar = new QHBoxLayout;
    bar->addWidget(new QLabel(tr("Log"), this));
    bar->addWidget(m_level);
    bar->addWidget(m_filter, 1);
    bar->addWidget(copy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(bar);
    column->addWidget(m_view, 1);
    connect(m_level, &QComboBox::currentIndexChanged, this, &LogTail::rebuild);
    connect(m_filter, &QLineEdit::textChanged, this, &LogTail::rebuild);
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(shownText()); });
}

void LogTail::add(const LogLine& line) {
    m_lines.push_back(line);
    if (m_lines.size() > linesKept) m_lines.pop_front();
    if (isShown(line)) m_view->appendPlainText(line.text);  // follows at the end, stays put anywhere else
}

bool LogTail::isShown(const LogLine& line) const {
    return static_cast<int>(line.level) >= m_level->currentData().toInt() &&
           line.text.contains(m_filter->text(), Qt::CaseInsensitive);
}

void LogTail::rebuild() {
    m_view->clear();
    for (const LogLine& line : m_lines) {
        if (isShown(line)) m_view->appendPlainText(line.text);
    }
}

}  // namespace signalbox::ui
