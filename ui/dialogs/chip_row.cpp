#include "ui/dialogs/chip_row.h"

namespace signalbox::ui {

namespace {

constexpr int textMargin = 10;

}  // namespace

ChipRow::ChipRow(const QString& name, int perLine, QWidget* parent)
    : QWidget(parent),
      m_name(name),
      m_group(new QButtonGroup(this)),
      m_grid(new QGridLayout(this)),
      m_perLine(perLine) {
    setAccessibleName(name);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(6);
    connect(m_group, &QButtonGroup::idClicked, this, &ChipRow::chosenChanged);
}

QPushButton* ChipRow::addChip(int id, const QString& words, const QString& tip) {
    const int at = static_cast<int>(m_group->buttons().size());
    auto* button = new QPushButton(words, this);
    button->setCheckable(true);
    button->setAutoDefault(false);
    button->setToolTip(tip);
    // Narrower than a button likes to be: a small dock must not cut the last chip off.
    if (!words.isEmpty()) button->setMinimumWidth(button->fontMetrics().horizontalAdvance(words) + 2 * textMargin);
    button->setAccessibleName(tr("%1: %2").arg(m_name, words));
    m_group->addButton(button, id);
    m_grid->addWidget(button, at / m_perLine, at % m_perLine);
    return button;
}

void ChipRow::choose(int id) {
    if (auto* button = m_group->button(id)) {
        button->setChecked(true);
        Q_EMIT chosenChanged(id);
    }
}

void ChipRow::clear() {
    m_group->setExclusive(false);
    for (auto* button : m_group->buttons()) button->setChecked(false);
    m_group->setExclusive(true);
}

QPushButton* ChipRow::chip(int id) const {
    return qobject_cast<QPushButton*>(m_group->button(id));
}

}  // namespace signalbox::ui
