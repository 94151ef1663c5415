#include "ui/theme/tone.h"

#include <array>
#include <cstddef>

namespace signalbox::ui {

namespace {

struct Pair {
    QRgb light;
    QRgb dark;
};

// In the order of Tone. The contrast of each is in the table of the design notes; change both together.
constexpr std::array<Pair, 7> texts{{
    {0xff1b1f24, 0xffe6e8eb},  // Plain
    {0xff57606a, 0xffa0a8b4},  // Muted
    {0xff0b7a5b, 0xff4fc3a1},  // Ok
    {0xff8a5200, 0xffffc043},  // Warn
    {0xffb3261e, 0xffff7a7a},  // Critical
    {0xff0b5cad, 0xff5aa9ff},  // Busy
    {0xff57606a, 0xffa0a8b4},  // Cold
}};
constexpr std::array<Pair, 7> fills{{
    {0xff57606a, 0xffa0a8b4},
    {0xff8a9099, 0xff6b7280},
    {0xff0b7a5b, 0xff4fc3a1},
    {0xffb26a00, 0xffffc043},
    {0xffb3261e, 0xffff5c5c},
    {0xff0b5cad, 0xff5aa9ff},
    {0xff8a9099, 0xff6b7280},
}};

QColor pick(const std::array<Pair, 7>& table, Tone tone, const QPalette& palette) {
    const auto& pair = table.at(static_cast<std::size_t>(tone));
    return QColor::fromRgb(isDark(palette) ? pair.dark : pair.light);
}

}  // namespace

bool isDark(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < 128;
}

QColor toneText(Tone tone, const QPalette& palette) {
    return pick(texts, tone, palette);
}
QColor toneFill(Tone tone, const QPalette& palette) {
    return pick(fills, tone, palette);
}

QColor toneWash(Tone tone, const QPalette& palette) {
    auto color = toneFill(tone, palette);
    color.setAlphaF(isDark(palette) ? 0.20F : 0.11F);
    return color;
}

QColor hairline(const QPalette& palette) {
    return QColor::fromRgb(isDark(palette) ? 0xff33373d : 0xffd8dce1);
}

}  // namespace signalbox::ui
