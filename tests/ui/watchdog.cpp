#include "tests/ui/watchdog.h"

#include <QEvent>

#include <ctime>

namespace signalbox::ui {

namespace {

qint64 threadCpuMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

// Only the outermost event counts: one that sends others is as slow as all of them.
bool WatchedApplication::notify(QObject* receiver, QEvent* event) {
    const auto before = threadCpuMs();
    const auto type = event->type();
    const auto name = QString::fromUtf8(receiver->metaObject()->className());
    ++m_depth;
    const bool handled = QApplication::notify(receiver, event);
    const auto spent = threadCpuMs() - before;
    if (--m_depth == 0 && spent > limitMs) {
        m_slow << QStringLiteral("%1: %2 ms in event %3").arg(name).arg(spent).arg(static_cast<int>(type));
    }
    return handled;
}

}  // namespace signalbox::ui
