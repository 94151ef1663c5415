// What people and safeguards changed, newest first.
#pragma once

#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

class AuditModel : public RowModel {
    Q_OBJECT
  public:
    explicit AuditModel(QObject* parent = nullptr);
    void update(const v1::ListAuditResponse& audit);
};

}  // namespace signalbox::ui
