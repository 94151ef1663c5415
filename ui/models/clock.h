// The two clocks the console reads, injected so that tests turn them by hand.
#pragma once

#include <QtGlobal>

#include <functional>

namespace signalbox::ui {

struct Clock {
    std::function<qint64()> steadyMs;  // never jumps; its zero means nothing
    std::function<qint64()> wallMs;    // since 1970 UTC

    static Clock system();
};

}  // namespace signalbox::ui
