#include "ui/shell/actions.h"

#include <QWidget>

#include "ui/theme/icon.h"

namespace signalbox::ui {

Actions::Actions(QWidget* window)
    : QObject(window), themes(new QActionGroup(this)), m_window(window), m_pages(new QActionGroup(this)) {
    pause = add(tr("Pause"), {});
    pause->setCheckable(true);
    retry = add(tr("Connect again now"), Qt::Key_F5);
    redirect = add(tr("Redirect…"), Qt::Key_R);
    closeInspector = add(tr("Close the details"), Qt::Key_Escape);
    nextZone = add(tr("Next part of the window"), Qt::Key_F6);
    previousZone = add(tr("Previous part of the window"), Qt::SHIFT | Qt::Key_F6);
    fullScreen = add(tr("Full screen"), Qt::Key_F11);
    fullScreen->setCheckable(true);
    quit = add(tr("Quit"), Qt::CTRL | Qt::Key_Q);
    for (const auto& [mode, words] :
         {std::pair{ThemeMode::System, tr("Like the desktop")}, std::pair{ThemeMode::Light, tr("Light")},
          std::pair{ThemeMode::Dark, tr("Dark")}}) {
        auto* action = themes->addAction(words);
        action->setCheckable(true);
        action->setData(static_cast<int>(mode));
    }
}

QAction* Actions::addPage(const QString& title, const QString& name, int digit) {
    auto* action = add(title, QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + digit)));
    action->setIcon(icon(name));
    action->setCheckable(true);
    m_pages->addAction(action);
    return action;
}

QAction* Actions::add(const QString& words, const QKeySequence& key) {
    auto* action = new QAction(words, this);
    action->setShortcut(key);
    action->setToolTip(key.isEmpty() ? words : tr("%1 (%2)").arg(words, key.toString(QKeySequence::NativeText)));
    m_window->addAction(action);
    return action;
}

}  // namespace signalbox::ui
