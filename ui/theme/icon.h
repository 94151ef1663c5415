// Icons from resources/icons, drawn in the palette's button text colour, so that they follow the theme by themselves.
#pragma once

#include <QIcon>
#include <QString>

namespace signalbox::ui {

// `name` is the file's name without ".svg".
QIcon icon(const QString& name);

}  // namespace signalbox::ui
