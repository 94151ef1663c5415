// The details of one gateway: identity, load, addresses.
#pragma once

#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"

namespace signalbox::ui {

class GatewayInspector : public QWidget {
    Q_OBJECT
  public:
    explicit GatewayInspector(QWidget* parent = nullptr);
    void showGateway(const Source& source);

  private:
    StateBadge* m_state;
    ToneLabel* m_why;
    FactList* m_facts;
};

}  // namespace signalbox::ui
