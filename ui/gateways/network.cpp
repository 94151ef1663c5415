#include "ui/gateways/network.h"

#include <QHostAddress>
#include <QNetworkProxyFactory>
#include <QNetworkRequest>

namespace signalbox::ui {
namespace {

class ProxyUnlessLoopback : public QNetworkProxyFactory {
  public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery& query) override {
        const QString host = query.peerHostName();
        const bool loopback = host == u"localhost" || QHostAddress(host).isLoopback();
        if (loopback) return {QNetworkProxy(QNetworkProxy::NoProxy)};
        return systemProxyForQuery(query);
    }
};

}  // namespace

void setUpManager(QNetworkAccessManager& manager) {
    manager.setProxyFactory(new ProxyUnlessLoopback);  // owned by the manager
    manager.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
}

}  // namespace signalbox::ui
