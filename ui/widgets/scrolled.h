// A column that scrolls when the window is low: no frame, no horizontal bar, not a stop of the Tab key.
#pragma once

#include <QScrollArea>

namespace signalbox::ui {

inline QScrollArea* scrolled(QWidget* body, QWidget* parent) {
    auto* scroll = new QScrollArea(parent);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);
    return scroll;
}

}  // namespace signalbox::ui
