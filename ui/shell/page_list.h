// The pages of the console, in the order of the rail.
#pragma once

#include <functional>
#include <vector>

#include "ui/models/local_gateway_control.h"
#include "ui/models/source.h"
#include "ui/pages/page.h"

namespace signalbox::ui {

struct PageEntry {
    QString id;  // in links: console://local/breakers
    QString title;
    QString icon;
    int digit;  // Ctrl+digit; fixed for good, also while a page is missing
    std::function<Page*(Source&, QWidget* parent)> make;
};

// `local` null: the gateway runs elsewhere. It outlives the pages.
std::vector<PageEntry> pageList(LocalGatewayControl* local = nullptr);

}  // namespace signalbox::ui
