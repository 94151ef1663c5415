// The sparkline, drawn the same in tables and in the metric strip.
#pragma once

#include <QPainter>

#include "ui/models/row_model.h"

namespace signalbox::ui {

void paintSpark(QPainter& painter, const QRectF& box, const Spark& spark, const QPalette& palette);

}  // namespace signalbox::ui
