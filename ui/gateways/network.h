// How the console's network managers are set up, all the same.
#pragma once

#include <QNetworkAccessManager>

namespace signalbox::ui {

// The machine's proxies except for the machine itself, and no redirects: a credential stays with the host it was given
// for.
void setUpManager(QNetworkAccessManager& manager);

}  // namespace signalbox::ui
