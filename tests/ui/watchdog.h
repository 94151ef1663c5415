// An application that remembers every event the UI thread spent too long on. It counts the thread's own CPU time, so a
// busy machine does not fail a test.
#pragma once

#include <QApplication>
#include <QStringList>

namespace signalbox::ui {

class WatchedApplication : public QApplication {
    Q_OBJECT
  public:
    static constexpr qint64 limitMs = 100;

    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override;
    // "MainWindow: 212 ms in event 12", one line each; empties the list.
    QStringList takeSlow() { return std::exchange(m_slow, {}); }

  private:
    QStringList m_slow;
    int m_depth = 0;
};

}  // namespace signalbox::ui
