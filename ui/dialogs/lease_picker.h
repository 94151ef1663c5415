// For how long, and when that ends in the gateway's time. 30 minutes unless somebody says otherwise.
#pragma once

#include <QWidget>

#include "ui/dialogs/chip_row.h"
#include "ui/models/source.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class LeasePicker : public QWidget {
    Q_OBJECT
  public:
    LeasePicker(Source& source, const QList<int>& minutes, int perLine, QWidget* parent = nullptr);
    void reset();
    qint64 seconds() const;
    QString words() const;  // "30 min"

  Q_SIGNALS:
    void changed();

  private:
    void showEnd();

    Source& m_source;
    ChipRow* m_times;
    ToneLabel* m_ends;
};

}  // namespace signalbox::ui
