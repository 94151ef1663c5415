#include "ui/models/data_address.h"

#include <QHostAddress>
#include <QUrl>

namespace signalbox::ui {

using namespace Qt::StringLiterals;

bool isThisMachine(const QString& host) {
    return host == u"localhost" || QHostAddress(host).isLoopback();
}

DataAddress dataAddress(const QString& announced, const QString& gatewayHost) {
    QUrl url(announced);
    const QHostAddress listens(url.host());
    const bool everywhere = listens == QHostAddress::AnyIPv4 || listens == QHostAddress::AnyIPv6;
    const bool remote = !gatewayHost.isEmpty() && !isThisMachine(gatewayHost);
    const bool reachable = !remote || !isThisMachine(url.host());
    if (reachable && !everywhere) return {announced, true};
    if (remote)
        url.setHost(gatewayHost);
    else
        url.setHost(listens == QHostAddress::AnyIPv6 ? u"::1"_s : u"127.0.0.1"_s);
    return {url.toString(), reachable};
}

}  // namespace signalbox::ui
