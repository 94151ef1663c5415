// The line under the context bar while overrides are in force: what, for how long, and the two buttons that matter.
#pragma once

#include <QPushButton>
#include <QTimer>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class OverrideStrip : public QWidget {
    Q_OBJECT
  public:
    static constexpr qint64 extendSeconds = 15 * 60;

    explicit OverrideStrip(Source& source, QWidget* parent = nullptr);
    // The override its buttons act on: the one that ends first; 0: none.
    qint64 overrideId() const { return m_id; }
    // The change that was wanted is answered: its buttons work again.
    void answered();

  Q_SIGNALS:
    // No further change is wanted until answered().
    void extendWanted(qint64 id);
    void endWanted(qint64 id);
    void detailsWanted(qint64 id);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void refresh();
    void showButtons();

    Source& m_source;
    qint64 m_id = 0;
    bool m_waiting = false;
    QTimer m_settle;  // runs after the strip moved to another override: a click under way was meant for the one before
    ToneLabel* m_text;
    QPushButton* m_extend;
    QPushButton* m_end;
    QPushButton* m_details;
};

}  // namespace signalbox::ui
