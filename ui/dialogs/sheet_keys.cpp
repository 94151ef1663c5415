#include "ui/dialogs/sheet_keys.h"

#include <QShortcut>

#include "ui/dialogs/reason_picker.h"

namespace signalbox::ui {

void addKeys(QWidget* sheet, const SheetKeys& keys) {
    const auto on = [sheet](const QKeySequence& key, const std::function<void()>& act) {
        QObject::connect(new QShortcut(key, sheet, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                         &QShortcut::activated, sheet, act);
    };
    for (int at = 0; at < ReasonPicker::count; ++at) {
        on(QKeySequence(Qt::Key_1 + at), [choose = keys.choose, at] { choose(at); });
    }
    on(QKeySequence(Qt::CTRL | Qt::Key_Return), keys.apply);
    on(QKeySequence(Qt::CTRL | Qt::Key_Enter), keys.apply);
    on(QKeySequence(Qt::CTRL | Qt::Key_Z), keys.undo);
}

}  // namespace signalbox::ui
