#include "ui/dialogs/reason_picker.h"

#include <QVBoxLayout>

namespace signalbox::ui {

namespace {

constexpr int perLine = 3;
constexpr int longestWords = 400;

}  // namespace

ReasonPicker::ReasonPicker(const std::array<QString, count>& reasons, QWidget* parent)
    : QWidget(parent),
      m_chips(new ChipRow(tr("Reason"), perLine, this)),
      m_pick(new ToneLabel(Tone::Warn, this)),
      m_words(new QLineEdit(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    for (int at = 0; at < count; ++at) {
        m_chips->addChip(at, reasons.at(static_cast<std::size_t>(at)), tr("Key %1").arg(at + 1));
    }
    m_pick->setText(tr("▲ Pick a reason, or write one"));
    m_pick->hide();
    m_words->setAccessibleName(tr("Reason in words"));
    m_words->setPlaceholderText(tr("more words, optional"));
    m_words->setMaxLength(longestWords);
    for (auto* widget : std::initializer_list<QWidget*>{m_chips, m_pick, m_words}) column->addWidget(widget);
    connect(m_chips, &ChipRow::chosenChanged, this, &ReasonPicker::refresh);
    connect(m_words, &QLineEdit::textChanged, this, &ReasonPicker::refresh);
}

void ReasonPicker::clear() {
    m_asked = false;
    m_chips->clear();
    m_words->clear();
    refresh();
}

QString ReasonPicker::reason() const {
    const auto* chip = m_chips->chip(m_chips->chosen());
    const auto words = m_words->text().simplified();
    if (!chip) return words;
    return words.isEmpty() ? chip->text() : tr("%1: %2").arg(chip->text(), words);
}

void ReasonPicker::focusFirst() {
    m_chips->chip(0)->setFocus(Qt::TabFocusReason);
}

void ReasonPicker::ask() {
    m_asked = true;
    focusFirst();
    refresh();
}

void ReasonPicker::refresh() {
    if (!reason().isEmpty()) m_asked = false;
    m_pick->setVisible(m_asked);
    Q_EMIT changed();
}

}  // namespace signalbox::ui
