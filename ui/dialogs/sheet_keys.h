// The keys every sheet has: 1–6 choose a reason, Ctrl+Enter applies, Ctrl+Z undoes.
#pragma once

#include <QWidget>

#include <functional>

namespace signalbox::ui {

struct SheetKeys {
    std::function<void(int)> choose;
    std::function<void()> apply;
    std::function<void()> undo;
};
void addKeys(QWidget* sheet, const SheetKeys& keys);

}  // namespace signalbox::ui
