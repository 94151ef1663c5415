// The two tables of a request's decision card: what the decision looked at, and what was tried.
#pragma once

#include "signalbox/v1/control.pb.h"
#include "ui/models/row_model.h"

namespace signalbox::ui {

// In the order of the plan. Glyph, word and colour of a verdict are those of the table, never of a state.
class CandidateModel : public RowModel {
    Q_OBJECT
  public:
    explicit CandidateModel(QObject* parent = nullptr);
    void update(const v1::Request& request);
};

class AttemptModel : public RowModel {
    Q_OBJECT
  public:
    explicit AttemptModel(QObject* parent = nullptr);
    void update(const v1::Request& request);
};

}  // namespace signalbox::ui
