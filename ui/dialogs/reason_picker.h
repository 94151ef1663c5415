// Why: one of six chips, words of one's own, or both.
#pragma once

#include <QLineEdit>
#include <QWidget>

#include <array>

#include "ui/dialogs/chip_row.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

class ReasonPicker : public QWidget {
    Q_OBJECT
  public:
    static constexpr int count = 6;

    explicit ReasonPicker(const std::array<QString, count>& reasons, QWidget* parent = nullptr);
    void clear();
    void choose(int number) { m_chips->choose(number); }
    // Empty: none was given yet.
    QString reason() const;
    // Puts the focus on the first chip, with its ring: the next act is here.
    void focusFirst();
    // The same, and says that one is needed.
    void ask();

  Q_SIGNALS:
    void changed();

  private:
    void refresh();

    ChipRow* m_chips;
    ToneLabel* m_pick;
    QLineEdit* m_words;
    bool m_asked = false;
};

}  // namespace signalbox::ui
