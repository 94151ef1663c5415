// The bottom line: the connection in a sentence, the outcome of the user's last act, the gateway's clock, the version.
#pragma once

#include <QStatusBar>

#include "ui/models/source.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class StatusLine : public QStatusBar {
    Q_OBJECT
  public:
    explicit StatusLine(Source& source, QWidget* parent = nullptr);
    // Stays until the next one: nobody has to read against a clock.
    void tell(const QString& sentence);

  private:
    void refresh();
    void showClock();
    Source& m_source;
    ToneLabel* m_connection;
    ToneLabel* m_told;
    ToneLabel* m_clock;
    ToneLabel* m_version;
};

}  // namespace signalbox::ui
