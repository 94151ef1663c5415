// Name and value, one pair a line: the body of the inspectors. Values can be selected and copied.
#pragma once

#include <QFormLayout>
#include <QHash>
#include <QWidget>

#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class FactList : public QWidget {
    Q_OBJECT
  public:
    explicit FactList(QWidget* parent = nullptr);
    // Adds the fact the first time, changes it afterwards. An empty value hides the line.
    void setFact(const QString& name, const QString& value, Tone tone = Tone::Plain);

  private:
    QFormLayout* m_form;
    QHash<QString, ToneLabel*> m_values;
};

}  // namespace signalbox::ui
