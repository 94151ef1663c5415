// One row per model entry of the configuration: what it takes, what is left of it, what it is redirected to.
#pragma once

#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

class ModelsModel : public RowModel {
    Q_OBJECT
  public:
    explicit ModelsModel(QObject* parent = nullptr);
    void update(const Source& source);
};

}  // namespace signalbox::ui
