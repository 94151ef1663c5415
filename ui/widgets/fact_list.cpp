#include "ui/widgets/fact_list.h"

namespace signalbox::ui {

FactList::FactList(QWidget* parent) : QWidget(parent), m_form(new QFormLayout(this)) {
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setHorizontalSpacing(16);
    m_form->setVerticalSpacing(5);
    m_form->setLabelAlignment(Qt::AlignLeading | Qt::AlignTop);
    m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
}

void FactList::setFact(const QString& name, const QString& value, Tone tone) {
    auto*& shown = m_values[name];
    if (!shown) {
        shown = new ToneLabel(tone, this);
        shown->setWordWrap(true);
        shown->setTextInteractionFlags(Qt::TextSelectableByMouse);
        auto* label = mutedLabel(name, this);
        label->setAlignment(Qt::AlignLeading | Qt::AlignTop);
        m_form->addRow(label, shown);
    }
    shown->setText(value);
    shown->setTone(tone);
    shown->setVisible(!value.isEmpty());
    m_form->labelForField(shown)->setVisible(!value.isEmpty());
}

}  // namespace signalbox::ui
