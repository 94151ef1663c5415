// Colour by meaning. Nothing else in the console names a colour for a state.
#pragma once

#include <QColor>
#include <QPalette>

namespace signalbox::ui {

enum class Tone : unsigned char { Plain, Muted, Ok, Warn, Critical, Busy, Cold };

bool isDark(const QPalette& palette);
// At least 4.5:1 on the palette's Base and Window.
QColor toneText(Tone tone, const QPalette& palette);
// At least 3:1: glyphs, borders, bars and lines.
QColor toneFill(Tone tone, const QPalette& palette);
// The fill, faint: behind text of the same tone.
QColor toneWash(Tone tone, const QPalette& palette);
QColor hairline(const QPalette& palette);

}  // namespace signalbox::ui
