// What a table or a page says when it has nothing to show: a title, and what to do about it.
#pragma once

#include <QLabel>
#include <QWidget>

namespace signalbox::ui {

class EmptyState : public QWidget {
    Q_OBJECT
  public:
    explicit EmptyState(QWidget* parent = nullptr);
    void say(const QString& title, const QString& hint);

  private:
    QLabel* m_title;
    QLabel* m_hint;
};

}  // namespace signalbox::ui
