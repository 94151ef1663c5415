// Overrides, newest first. The page says which ones: those in force or those that ended.
#pragma once

#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

class OverrideModel : public RowModel {
    Q_OBJECT
  public:
    explicit OverrideModel(QObject* parent = nullptr);
    void update(const std::vector<v1::Override>& overrides, qint64 nowUs);
};

}  // namespace signalbox::ui
