// The one place for details: on the right, 420 px at first, its edge can be dragged, closed by Esc. Shows one widget at
// a time.
#pragma once

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>

namespace signalbox::ui {

class InspectorDock : public QFrame {
    Q_OBJECT
  public:
    static constexpr int firstWidth = 420;
    static constexpr int smallestWidth = 320;

    explicit InspectorDock(QWidget* parent = nullptr);
    // Takes the widget into its stack the first time. nullptr hides the dock.
    void present(QWidget* content, const QString& title);
    QWidget* content() const { return isHidden() ? nullptr : m_stack->currentWidget(); }

  Q_SIGNALS:
    void closeWanted();
    void dragged(int by);  // px it wants to grow

  private:
    QWidget* buildHead();

    QLabel* m_title;
    QStackedWidget* m_stack;
};

}  // namespace signalbox::ui
