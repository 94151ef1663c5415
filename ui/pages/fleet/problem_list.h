// At most five open problems, worst first; a breaker's line carries its "Redirect…" button.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class ProblemList : public QWidget {
    Q_OBJECT
  public:
    static constexpr int most = 5;

    explicit ProblemList(QWidget* parent = nullptr);
    void showProblems(const Source& source);

  Q_SIGNALS:
    void redirectWanted(const QString& model);
    void opened(const QString& kind, const QString& object);

  private:
    // Lines are kept and refilled: a button must not vanish under the pointer four times a second.
    struct Line {
        QWidget* widget;
        StateBadge* badge;
        QLabel* text;
        ToneLabel* since;
        QPushButton* open;
        QPushButton* redirect;
        QString kind;
        QString object;
        QString model;
    };
    Line* addLine();
    void fill(Line& line, const v1::Problem& problem, qint64 nowUs);

    QVBoxLayout* m_column;
    ToneLabel* m_title;
    ToneLabel* m_none;
    std::vector<std::unique_ptr<Line>> m_lines;
    QString m_lastEnded;
    bool m_had = false;
};

}  // namespace signalbox::ui
