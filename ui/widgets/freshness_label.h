// How old the numbers are, on the freshness ladder, with "Retry now" once the connection is lost.
#pragma once

#include <QPushButton>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

// "● live" · "◔ 12 s old" · "◌ stale 00:47 · reconnecting (try 4, next 8 s)"
QString freshnessText(const Freshness& freshness);
Tone freshnessTone(const Freshness& freshness);

class FreshnessLabel : public QWidget {
    Q_OBJECT
  public:
    explicit FreshnessLabel(Source& source, QWidget* parent = nullptr);

  private:
    void refresh();
    Source& m_source;
    ToneLabel* m_text;
    QPushButton* m_retry;
};

}  // namespace signalbox::ui
