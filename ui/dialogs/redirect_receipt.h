// What the redirect sheet becomes after Apply: the override as it runs, Undo while it is fresh, End now afterwards.
#pragma once

#include <QPushButton>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/widgets/fact_list.h"
#include "ui/widgets/notice.h"

namespace signalbox::ui {

class RedirectReceipt : public QWidget {
    Q_OBJECT
  public:
    static constexpr qint64 undoSeconds = 10;

    explicit RedirectReceipt(Source& source, QWidget* parent = nullptr);
    void present(const v1::Override& override);
    void undo();
    QWidget* focusTarget() const { return m_undo; }

  Q_SIGNALS:
    void closeWanted();
    void told(const QString& sentence);

  private:
    void refresh();
    void fill();

    Source& m_source;
    v1::Override m_override;
    bool m_ending = false;
    qint64 m_shownAtUs = 0;
    StateBadge* m_state;
    FactList* m_facts;
    Notice* m_notice;
    QPushButton* m_undo;
    QPushButton* m_close;
};

}  // namespace signalbox::ui
