// The one place for details: a dock on the right, 420 px at first, closed by Esc. Shows one widget at a time.
#pragma once

#include <QDockWidget>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>

namespace signalbox::ui {

class InspectorDock : public QDockWidget {
    Q_OBJECT
  public:
    static constexpr int firstWidth = 420;

    explicit InspectorDock(QWidget* parent = nullptr);
    // Takes the widget into its stack the first time. nullptr hides the dock.
    void present(QWidget* content, const QString& title);
    QWidget* content() const { return isHidden() ? nullptr : m_stack->currentWidget(); }

  Q_SIGNALS:
    void closeWanted();

  private:
    QLabel* m_title;
    QStackedWidget* m_stack;
};

}  // namespace signalbox::ui
