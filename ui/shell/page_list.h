// The pages of the console, in the order of the rail.
#pragma once

#include <functional>
#include <vector>

#include "ui/models/source.h"
#include "ui/pages/page.h"

namespace signalbox::ui {

struct PageEntry {
    QString id;     // in links: console://local/breakers
    QString title;
    QString icon;
    int digit;      // Ctrl+digit; fixed for good, also while a page is missing
    std::function<Page*(Source&, QWidget* parent)> make;
};

std::vector<PageEntry> pageList();

}  // namespace signalbox::ui
