// The last lines of the gateway's log: from a level upwards, filtered by a word, following unless the reader scrolled
// up.
#pragma once

#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QWidget>

#include <deque>

#include "ui/models/local_gateway_control.h"

namespace signalbox::ui {

class LogTail : public QWidget {
    Q_OBJECT
  public:
    static constexpr int linesKept = 500;

    explicit LogTail(QWidget* parent = nullptr);
    void add(const LogLine& line);
    QString shownText() const { return m_view->toPlainText(); }

  private:
    bool isShown(const LogLine& line) const;
    void rebuild();

    std::deque<LogLine> m_lines;
    QComboBox* m_level;
    QLineEdit* m_filter;
    QPlainTextEdit* m_view;
};

}  // namespace signalbox::ui
