// Every command of the frame: words, key, icon. The one place that gives out keys.
#pragma once

#include <QAction>
#include <QActionGroup>
#include <QObject>

#include <vector>

#include "ui/theme/theme.h"

namespace signalbox::ui {

class Actions : public QObject {
    Q_OBJECT
  public:
    // Adds every action to `window`, so that its key works anywhere in it.
    explicit Actions(QWidget* window);

    // A rail entry: Ctrl+<digit>.
    QAction* addPage(const QString& title, const QString& icon, int digit);

    QAction* pause;  // checkable; Space in a table
    QAction* retry;
    QAction* redirect;
    QAction* closeInspector;
    QAction* nextZone;
    QAction* previousZone;
    QAction* fullScreen;  // checkable
    QAction* quit;
    QActionGroup* themes;  // data: ThemeMode as int

  private:
    QAction* add(const QString& words, const QKeySequence& key);
    QWidget* m_window;
    QActionGroup* m_pages;
};

}  // namespace signalbox::ui
