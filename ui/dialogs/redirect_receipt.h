// What the redirect sheet becomes after Apply: the override as it runs, Undo while it is fresh, End now afterwards.
#pragma once

#include "ui/dialogs/receipt.h"

namespace signalbox::ui {

class RedirectReceipt : public Receipt {
    Q_OBJECT
  public:
    static constexpr qint64 undoSeconds = 10;

    explicit RedirectReceipt(Source& source, QWidget* parent = nullptr);
    void present(const v1::Override& override);
    void undo() override;

  private:
    void refresh() override;
    void fill();

    v1::Override m_override;
    bool m_ending = false;
    qint64 m_shownAtUs = 0;
    StateBadge* m_state;
};

}  // namespace signalbox::ui
