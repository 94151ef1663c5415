// One row per gateway, worst first.
#pragma once

#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

class FleetModel : public RowModel {
    Q_OBJECT
  public:
    explicit FleetModel(QObject* parent = nullptr);
    void update(const Source& source);
};

}  // namespace signalbox::ui
