// One override, with the two things that can be done to it.
#pragma once

#include <QPushButton>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"

namespace signalbox::ui {

class OverrideInspector : public QWidget {
    Q_OBJECT
  public:
    explicit OverrideInspector(QWidget* parent = nullptr);
    // `forbidden`: why its buttons are off; empty: they are not.
    void showOverride(const v1::Override& override, qint64 nowUs, const QString& forbidden);

  Q_SIGNALS:
    void extendWanted();
    void endWanted();

  private:
    StateBadge* m_state;
    FactList* m_facts;
    QPushButton* m_extend;
    QPushButton* m_end;
};

}  // namespace signalbox::ui
